import type { Instant } from "@cordboard/kernel";
import { instant, seconds } from "@cordboard/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isMailAddress, MAIL_PATIENCE, nextTry } from "./delivery.ts";

const queuedAt = instant(Date.UTC(2026, 0, 31));
const after = (seconds_: number): Instant => instant(queuedAt + seconds(seconds_));

test.each([
  [0, 0, 5],
  [1, 5, 15],
  [2, 15, 35],
  [12, 4_000, 5_800],
  [60, 86_000, 86_400],
])("after %d tries, %d s old, a mail is tried again at %d s", (tries, age, again) => {
  expect(nextTry({ queuedAt, tries }, after(age))).toBe(after(again));
});

test("a mail that nobody took is given up after a day, and not before", () => {
  expect(nextTry({ queuedAt, tries: 3 }, instant(queuedAt + MAIL_PATIENCE - 1))).toBe(queuedAt + MAIL_PATIENCE);
  expect(nextTry({ queuedAt, tries: 3 }, instant(queuedAt + MAIL_PATIENCE))).toBeUndefined();
});

test("however it is refused, a mail is tried some dozens of times in its day, ever later", () => {
  let [now, tries]: [Instant, number] = [queuedAt, 0];
  for (let next = nextTry({ queuedAt, tries }, now); next !== undefined; next = nextTry({ queuedAt, tries }, now)) {
    expect(next).toBeGreaterThan(now);
    [now, tries] = [next, tries + 1];
  }
  expect(tries).toBeGreaterThan(20);
  expect(tries).toBeLessThan(100);
});

test.each(["ada@example.com", "a.b+c@mail.example.com", "jürgen@bücher.example", "root@localhost"])(
  "%s is an address",
  (text) => {
    expect(isMailAddress(text)).toBe(true);
  },
);

test.each([
  ...["", "ada", "@example.com", "ada@", "ada@@example.com", "ada@example.com, bert@example.com", "ada @example.com"],
  ...["Ada <ada@example.com>", "ada@example.com\r\nBcc: x", '"a"@example.com', `${"a".repeat(65)}@example.com`],
  ...[`ada@${"e".repeat(251)}`, "ada@example.com\u0000", "(ada)@example.com", "ada@example.com;"],
])("%j is none", (text) => {
  expect(isMailAddress(text)).toBe(false);
});

test("no text that is an address has room for a second one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (one, other) => {
      fc.pre(isMailAddress(`${one}@${other}`));
      expect(`${one}@${other}`).toMatch(/^[^\s,;<>@]+@[^\s,;<>@]+$/);
    }),
  );
});
