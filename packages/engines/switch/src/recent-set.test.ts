import { expect, test } from "vitest";
import { RecentSet } from "./recent-set.ts";

test("the latest are kept, and one that comes again is late again", () => {
  const set = new RecentSet(2);
  for (const text of ["a", "b", "a", "c"]) set.add(text);
  expect(["a", "b", "c"].map((text) => set.has(text))).toEqual([true, false, true]);
  expect(set.size).toBe(2);
});
