import type { PathTrouble } from "@cordboard/core";
import { ms } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, expect, test } from "vitest";
import { Patience } from "./patience.ts";

const timings = { pathWithin: ms(100), keysWithin: ms(200), pathBackWithin: ms(300) };
let clock: ManualClock;
let patience: Patience;
let over: (readonly [PathTrouble, number])[];
beforeEach(() => {
  clock = manualClock();
  over = [];
  patience = new Patience({ clock, timings, onOver: (trouble, waited) => void over.push([trouble, waited]) });
});

test.each([
  ["no-path", 100],
  ["no-keys", 200],
  ["path-lost", 300],
] as const)("%s lasts no longer than %i ms, and is told once", (trouble, limit) => {
  patience.waitOut(trouble);
  clock.advance(ms(limit - 1));
  patience.waitOut(trouble);
  expect(over).toEqual([]);
  clock.advance(ms(1_000));
  expect(over).toEqual([[trouble, limit]]);
});

test("one trouble after the other has its own time", () => {
  patience.waitOut("no-path");
  clock.advance(ms(90));
  patience.waitOut("no-keys");
  clock.advance(ms(199));
  expect(over).toEqual([]);
  patience.waitOut(undefined);
  clock.advance(ms(1_000));
  expect([over, clock.pending]).toEqual([[], 0]);
});

test("what was told is told again after another full time, if it still is so", () => {
  patience.waitOut("no-path");
  clock.advance(ms(100));
  patience.waitOut("no-path");
  clock.advance(ms(100));
  expect(over).toHaveLength(2);
});

test("who is told to stop waits for nothing", () => {
  patience.waitOut("no-path");
  patience.stop();
  clock.advance(ms(1_000));
  expect([over, clock.pending]).toEqual([[], 0]);
});
