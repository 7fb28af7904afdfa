import { seconds, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { collectWhenQuiet } from "./quiet-collection.ts";

/** After which looks, counted from 1, memory is given back, when the loop was busy for these shares of the time before each. */
function collectedAfter(shares: readonly number[]): readonly number[] {
  const clock = manualClock();
  let looks = 0;
  let collected = false;
  const found: number[] = [];
  const takeBusyShare = (): number => {
    // Asked a second time in one look, it tells of the collection alone.
    if (collected) {
      collected = false;
      return 1;
    }
    return shares[looks++] ?? 0;
  };
  const collect = (): void => {
    collected = true;
    found.push(looks);
  };
  const collection = collectWhenQuiet({ clock, log: silentLog, takeBusyShare, collect });
  for (const _ of shares) clock.advance(seconds(5));
  collection.stop();
  expect(clock.pending).toBe(0);
  return found;
}

test.each([
  ["once after the start, as soon as ten seconds are quiet", [0.9, 0.5, 0.01, 0.01, 0.01, 0.01, 0.01], [4]],
  ["again after each burst", [0, 0, 0, 0.4, 0, 0, 0, 0.11, 0.02, 0.02, 0], [2, 6, 10]],
  ["not while there is always something to do", [0.5, 0.05, 0, 0.05, 0, 0.05, 0], []],
  ["not for a little work between quiet times", [0, 0, 0.09, 0, 0, 0.05, 0, 0], [2]],
  ["not for the time that a collection itself took", [0, 0, 0, 0, 0, 0], [2]],
] as const)("memory is given back %s", (_when, shares, looks) => {
  expect(collectedAfter(shares)).toEqual(looks);
});

/** What the heap holds while there are so many objects, of which none is held after. */
function heapWith(objects: number): number {
  const ballast = Array.from({ length: objects }, (_, index) => ({ index }));
  const held = process.memoryUsage().heapUsed;
  return ballast.length === objects ? held : 0;
}

test("what nobody holds any more is gone from the heap", () => {
  const clock = manualClock();
  const collection = collectWhenQuiet({ clock, log: silentLog, takeBusyShare: () => 0 });
  const held = heapWith(500_000);
  clock.advance(seconds(10));
  collection.stop();
  expect(held - process.memoryUsage().heapUsed).toBeGreaterThan(8_000_000);
});
