import type { Clock, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { beforeEach, expect, test } from "vitest";
import type { Paced } from "./pacer.ts";
import { Pacer } from "./pacer.ts";

let clock: ManualClock;
let pacer: Pacer;
beforeEach(() => {
  clock = manualClock();
  pacer = new Pacer(clock);
});

/** Something paced that keeps the times of its ticks. */
class Ticks implements Paced {
  readonly times: Millis[] = [];
  tick(now: Millis): void {
    this.times.push(now);
  }
}

test("ticks come every 20 ms", () => {
  const ticks = new Ticks();
  pacer.add(ticks);
  clock.advance(ms(10_000));
  expect(ticks.times).toHaveLength(500);
  for (const [i, time] of ticks.times.slice(1).entries()) expect(time - (ticks.times[i] ?? 0)).toBe(20);
});

test("without anything to pace there is no timer", () => {
  const [one, two] = [new Ticks(), new Ticks()];
  expect(clock.pending).toBe(0);
  pacer.add(one);
  pacer.add(two);
  pacer.remove(one);
  expect(clock.pending).toBe(1);
  pacer.remove(two);
  expect(clock.pending).toBe(0);
});

test("one timer serves all, spread over the 20 ms", () => {
  const all = Array.from({ length: 40 }, () => new Ticks());
  for (const ticks of all) pacer.add(ticks);
  expect(clock.pending).toBe(1);
  clock.advance(ms(20));
  const moments = all.map(({ times }) => times[0]);
  expect(new Set(moments).size).toBe(4);
  for (const moment of new Set(moments)) expect(moments.filter((each) => each === moment)).toHaveLength(10);
});

test("what is added twice ticks once", () => {
  const ticks = new Ticks();
  pacer.add(ticks);
  pacer.add(ticks);
  clock.advance(ms(100));
  expect(ticks.times).toHaveLength(5);
});

test("late wake-ups do not add up: the mean stays exact, and no tick is late by more than the wake-up was", () => {
  const dice = seededRandom(7);
  const late: Clock = { ...clock, after: (delay, task) => clock.after(ms(delay + dice.between(0, 9)), task) };
  const ticks = new Ticks();
  const tardy = new Pacer(late);
  tardy.add(ticks);
  clock.advance(ms(60_000));
  expect(Math.abs(ticks.times.length - 3000)).toBeLessThanOrEqual(1);
  const first = ticks.times[0] ?? 0;
  for (const [i, time] of ticks.times.entries()) expect(Math.abs(time - first - 20 * i)).toBeLessThanOrEqual(15);
});

test("after a stall at most 100 ms are caught up, the rest is left out", () => {
  const ticks = new Ticks();
  let stall = 0;
  const stalling: Clock = { ...clock, after: (delay, task) => clock.after(ms(delay + stall), task) };
  const stalled = new Pacer(stalling);
  stalled.add(ticks);
  clock.advance(ms(200));
  const before = ticks.times.length;
  stall = 3000;
  clock.advance(ms(5));
  stall = 0;
  clock.advance(ms(3000));
  expect(ticks.times.length - before).toBeLessThanOrEqual(6);
  clock.advance(ms(1000));
  expect(ticks.times.length - before).toBeGreaterThanOrEqual(50);
  expect(ticks.times.length - before).toBeLessThanOrEqual(57);
});

test("one that leaves during its own tick is the last one, and the timer ends", () => {
  const leaver: Paced = { tick: () => pacer.remove(leaver) };
  pacer.add(leaver);
  clock.advance(ms(100));
  expect(clock.pending).toBe(0);
});
