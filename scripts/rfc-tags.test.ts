import { expect, test } from "vitest";
import { bySection, rfcTagsOf } from "./rfc-tags.ts";

test("a docstring's tags carry place, words and deviation", () => {
  const text = `
/**
 * Longest wait.
 * @rfc 3261#17.1.1.2 timer B,
 *   in milliseconds
 * @rfc 6026#7.2
 * @deviation ours is shorter
 */
export const timerB = 1;`;
  expect(rfcTagsOf("a.ts", text)).toEqual([
    { rfc: 3261, section: "17.1.1.2", what: "timer B, in milliseconds", file: "a.ts", deviation: "ours is shorter" },
    { rfc: 6026, section: "7.2", what: "Longest wait", file: "a.ts", deviation: "ours is shorter" },
  ]);
});

test("a tag may stand in the middle of a line, and a whole document needs no section", () => {
  expect(rfcTagsOf("a.ts", "/** Digits as RTP events. @rfc 4733 */\n/** No tag. */")).toEqual([
    { rfc: 4733, section: "", what: "Digits as RTP events", file: "a.ts", deviation: undefined },
  ]);
});

test("`none` is no deviation", () => {
  expect(rfcTagsOf("a.ts", "/**\n * Reports.\n * @rfc 3550#6.4.1.\n * @deviation none\n */")).toEqual([
    { rfc: 3550, section: "6.4.1", what: "Reports", file: "a.ts", deviation: undefined },
  ]);
});

test("a tag outside a docstring does not count, and one without a place is refused", () => {
  expect(rfcTagsOf("a.ts", "// @rfc 3261#8")).toEqual([]);
  expect(() => rfcTagsOf("a.ts", "/** @rfc sip */")).toThrow("a.ts: @rfc needs a place");
});

test("sections sort as a table of contents does", () => {
  expect(["17.1.1", "9", "A.2", "17.1", "17", "10.2"].toSorted(bySection)).toEqual([
    "9",
    "10.2",
    "17",
    "17.1",
    "17.1.1",
    "A.2",
  ]);
});
