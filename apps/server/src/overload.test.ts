import { seconds, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { guardOverload } from "./overload.ts";

/** Whether new work is admitted after each of these seconds, given by their p99. */
function admittedAfter(delays: readonly number[]): readonly boolean[] {
  const clock = manualClock();
  const left = [...delays];
  const meter = { begin: () => {}, takeP99Ms: () => left.shift() ?? 0, stop: () => {} };
  const guard = guardOverload({ clock, log: silentLog, meter });
  guard.begin();
  const admitted = delays.map(() => {
    clock.advance(seconds(1));
    return guard.admits();
  });
  guard.stop();
  expect(clock.pending).toBe(0);
  return admitted;
}

test.each([
  ["one slow second is a hiccup", [20, 400, 20], [true, true, true]],
  ["two slow seconds in a row are load, until the first good one", [101, 101, 300, 100], [true, false, false, true]],
  ["slow seconds with good ones between are hiccups", [150, 90, 150, 90], [true, true, true, true]],
])("%s", (_name, delays, admitted) => {
  expect(admittedAfter(delays)).toEqual(admitted);
});
