import { ms } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, expect, test } from "vitest";
import { PACKET_TIME, Pacer } from "./pacer.ts";

let clock: ManualClock;
let lag: number;
let pacer: Pacer;
let ticks: { readonly at: number; readonly skipped: number }[];
const note = (skipped: number): void => void ticks.push({ at: clock.monotonic() + lag, skipped });

beforeEach(() => {
  const manual = manualClock();
  clock = manual;
  lag = 0;
  pacer = new Pacer({
    now: () => manual.now(),
    monotonic: () => ms(manual.monotonic() + lag),
    after: (delay, task) => manual.after(delay, task),
  });
  ticks = [];
});

/** The process is busy for so long, so that the next tick comes late. */
function stall(time: number): void {
  lag += time - PACKET_TIME;
  clock.advance(PACKET_TIME);
}

test("ticks fifty times a second", () => {
  pacer.add(note);
  clock.advance(ms(1000));
  expect(ticks.map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, i) => 20 * (i + 1)));
});

test("a late timer is made up for, so that nothing drifts", () => {
  pacer.add(note);
  stall(33);
  clock.advance(ms(27));
  stall(39);
  clock.advance(ms(21));
  expect(ticks.map(({ at }) => at)).toEqual([33, 40, 60, 99, 100, 120]);
});

test("after a short stall the missed ticks come at once", () => {
  pacer.add(note);
  stall(100);
  expect(ticks).toEqual(Array.from({ length: 5 }, () => ({ at: 100, skipped: 0 })));
});

test("of a long stall all but ten ticks are skipped, and told", () => {
  pacer.add(note);
  stall(1000);
  expect(ticks.length).toBe(10);
  expect(ticks[0]?.skipped).toBe(40);
  expect(ticks.slice(1).every(({ skipped }) => skipped === 0)).toBe(true);
  clock.advance(ms(20));
  expect(ticks.at(-1)).toEqual({ at: 1020, skipped: 0 });
});

test("all listeners share one timer, which stops with the last of them", () => {
  const stops = Array.from({ length: 500 }, () => pacer.add(note));
  expect(clock.pending).toBe(1);
  clock.advance(ms(20));
  expect(ticks.length).toBe(500);
  for (const stop of stops) stop();
  expect([clock.pending, pacer.size]).toEqual([0, 0]);
  clock.advance(ms(100));
  expect(ticks.length).toBe(500);
});

test("a listener that leaves and joins within a tick keeps one timer", () => {
  const stop = pacer.add(() => {
    stop();
    pacer.add(note);
  });
  clock.advance(ms(20));
  expect(clock.pending).toBe(1);
  clock.advance(ms(40));
  expect(ticks.map(({ at }) => at)).toEqual([40, 60]);
});
