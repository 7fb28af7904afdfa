import { seconds, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { watchEventLoop } from "./event-loop.ts";

/** Whether the loop keeps up after each of these seconds, given by their p99. */
function keptUpAfter(delays: readonly number[]): readonly boolean[] {
  const clock = manualClock();
  const left = [...delays];
  const meter = { begin: () => {}, takeP99Ms: () => left.shift() ?? 0, stop: () => {} };
  const loop = watchEventLoop({ clock, log: silentLog, meter });
  loop.begin();
  const kept = delays.map(() => {
    clock.advance(seconds(1));
    return loop.keepsUp();
  });
  loop.stop();
  expect(clock.pending).toBe(0);
  return kept;
}

test.each([
  ["one slow second is a hiccup", [20, 400, 20], [true, true, true]],
  ["two slow seconds in a row are load, until the first good one", [101, 101, 300, 100], [true, false, false, true]],
  ["slow seconds with good ones between are hiccups", [150, 90, 150, 90], [true, true, true, true]],
])("%s", (_name, delays, kept) => {
  expect(keptUpAfter(delays)).toEqual(kept);
});
