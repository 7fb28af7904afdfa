import { expect, test } from "vitest";
import { DigitQueue } from "./digit-queue.ts";

/** All steps until the queue is idle: event codes, `.` for a pause. */
function drained(queue: DigitQueue): string {
  let text = "";
  for (let ticks = 0; queue.isBusy && ticks < 10_000; ticks++) {
    const step = queue.step();
    text += step === undefined ? "." : step.event.isEnd ? "e" : String(step.event.event);
  }
  return text;
}

test("a digit is five packets of 20 ms, the end three times, then a pause of 100 ms", () => {
  const queue = new DigitQueue();
  queue.add("5");
  expect(drained(queue)).toBe("5555eee.....");
  expect(queue.step()).toBeUndefined();
});

test("digits follow one another, also those that are added meanwhile", () => {
  const queue = new DigitQueue();
  queue.add("12");
  queue.step();
  queue.add("3");
  expect(queue.waiting).toBe("23");
  expect(drained(queue)).toBe("111eee.....2222eee.....3333eee.....");
});

test("each digit has one first packet", () => {
  const queue = new DigitQueue();
  queue.add("77");
  let firsts = 0;
  while (queue.isBusy) if (queue.step()?.isFirst === true) firsts++;
  expect(firsts).toBe(2);
});

test("what is no digit is left out, and so is what is too much", () => {
  const queue = new DigitQueue();
  expect(queue.add("1x 2")).toBe(2);
  expect(queue.add("9".repeat(500))).toBe(62);
  expect(queue.add("1")).toBe(0);
});

test("a cleared queue is idle", () => {
  const queue = new DigitQueue();
  queue.add("123");
  queue.step();
  queue.clear();
  expect(queue.isBusy).toBe(false);
});
