import type { RecordingId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { Recordings } from "./recordings.ts";

const named = (name: number): RecordingId => `rec_${name}` as RecordingId;

test("a leg has four recordings at most, and each only once", () => {
  const recordings = new Recordings(manualClock());
  expect([1, 1, 2, 3, 4, 5].map((name) => recordings.add(named(name)))).toEqual([true, false, true, true, true, false]);
  expect(recordings.end(named(2))).toBe(true);
  expect(recordings.add(named(5))).toBe(true);
});

test("a recording waits until it begins, and ends once", () => {
  const recordings = new Recordings(manualClock());
  expect([recordings.begin(named(1)), recordings.isWaiting(named(1))]).toEqual([false, false]);
  recordings.add(named(1));
  expect([recordings.isWaiting(named(1)), recordings.areRunning]).toEqual([true, true]);
  expect([recordings.begin(named(1)), recordings.isWaiting(named(1))]).toEqual([true, false]);
  expect([recordings.end(named(1)), recordings.end(named(1)), recordings.areRunning]).toEqual([true, false, false]);
});

test("those that are left have lasted since they began, or not at all", () => {
  const clock = manualClock();
  const recordings = new Recordings(clock);
  for (const name of [1, 2]) recordings.add(named(name));
  recordings.begin(named(1));
  clock.advance(ms(1500));
  expect(recordings.abandon()).toEqual([
    { recording: named(1), lasted: 1500, why: "leg-ended" },
    { recording: named(2), lasted: 0, why: "leg-ended" },
  ]);
  expect(recordings.abandon()).toEqual([]);
});
