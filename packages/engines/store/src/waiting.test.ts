import { ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { backoff, once, until, within } from "./waiting.ts";

test("what comes true in time is seen at the next look", async () => {
  const clock = manualClock();
  let isSo = false;
  const seen = until(clock, { deadline: ms(1_000), every: ms(100) }, () => isSo);
  await clock.run(ms(250));
  isSo = true;
  await clock.run(ms(50));
  expect(await seen).toBe(true);
  expect(clock.pending).toBe(0);
});

test("what does not come true is given up at the deadline", async () => {
  const clock = manualClock();
  const seen = until(clock, { deadline: ms(1_000), every: ms(300) }, () => false);
  await clock.run(ms(1_200));
  expect(await seen).toBe(false);
});

test("work is waited for until the deadline, and its failure is passed on", async () => {
  const clock = manualClock();
  expect(await within(clock, ms(10), Promise.resolve())).toBe(true);
  await expect(within(clock, ms(10), Promise.reject(new Error("no")))).rejects.toThrow("no");
  const late = within(clock, ms(10), new Promise(() => {}));
  await clock.run(ms(10));
  expect(await late).toBe(false);
  expect(clock.pending).toBe(0);
});

test("the delay before another try doubles up to the longest", () => {
  expect([0, 1, 2, 3, 4, 1_000].map((attempt) => backoff(ms(50), ms(500), attempt))).toEqual([
    50, 100, 200, 400, 500, 500,
  ]);
});

test("a task that is asked for again is not done again", async () => {
  let times = 0;
  const task = once(() => Promise.resolve(void times++));
  await Promise.all([task(), task()]);
  await task();
  expect(times).toBe(1);
});
