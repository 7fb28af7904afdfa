import { instant } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { wholeSeconds } from "./whole-row.ts";

test.each([
  [0, 999, 0],
  [0, 1000, 1],
  [500, 61_499, 60],
  [5000, 1000, 0],
])("from %i to %i are %i whole seconds", (from, to, seconds) => {
  expect(wholeSeconds(instant(from), instant(to))).toBe(seconds);
});
