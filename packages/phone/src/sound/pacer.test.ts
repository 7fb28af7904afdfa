import { beforeEach, expect, test } from "vitest";
import { HandClock } from "../../test/hand-clock.ts";
import { Pacer } from "./pacer.ts";

let clock: HandClock;
let pacer: Pacer;
let ticks: { readonly at: number; readonly skipped: number }[];
const note = (skipped: number): void => void ticks.push({ at: clock.monotonic(), skipped });

beforeEach(() => {
  clock = new HandClock();
  pacer = new Pacer(clock);
  ticks = [];
});

test("ticks fifty times a second", () => {
  pacer.add(note);
  clock.pass(1000);
  expect(ticks.map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, i) => 20 * (i + 1)));
});

test("a late timer is made up for, so that nothing drifts", () => {
  pacer.add(note);
  clock.stall(33);
  clock.pass(27);
  clock.stall(19);
  clock.pass(21);
  expect(ticks.map(({ at }) => at)).toEqual([33, 40, 60, 80, 100]);
});

test("after a short stall the missed ticks come at once", () => {
  pacer.add(note);
  clock.stall(100);
  expect(ticks).toEqual(Array.from({ length: 5 }, () => ({ at: 100, skipped: 0 })));
});

test("of a long stall all but ten ticks are skipped, and told", () => {
  pacer.add(note);
  clock.stall(1000);
  expect(ticks.length).toBe(10);
  expect(ticks[0]?.skipped).toBe(40);
  expect(ticks.slice(1).every(({ skipped }) => skipped === 0)).toBe(true);
  clock.pass(20);
  expect(ticks.at(-1)).toEqual({ at: 1020, skipped: 0 });
});

test("all listeners share one timer, which stops with the last of them", () => {
  const stops = Array.from({ length: 500 }, () => pacer.add(note));
  expect(clock.timers).toBe(1);
  clock.pass(20);
  expect(ticks.length).toBe(500);
  for (const stop of stops) stop();
  expect([clock.timers, pacer.size]).toEqual([0, 0]);
  clock.pass(100);
  expect(ticks.length).toBe(500);
});

test("a listener that leaves and joins within a tick keeps one timer", () => {
  const stop = pacer.add(() => {
    stop();
    pacer.add(note);
  });
  clock.pass(20);
  expect(clock.timers).toBe(1);
  clock.pass(40);
  expect(ticks.map(({ at }) => at)).toEqual([40, 60]);
});
