import { ms } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { FailedAttempts } from "./failed-attempts.ts";

const limits = { free: 3, firstWait: ms(1000), longestWait: ms(8000), forgetAfter: ms(60_000), sources: 4 };

function guess(
  times: number,
  source = "192.0.2.1",
): { readonly clock: ManualClock; readonly attempts: FailedAttempts } {
  const clock = manualClock();
  const attempts = new FailedAttempts(clock, limits);
  for (let i = 0; i < times; i++) attempts.failed(source);
  return { clock, attempts };
}

test.each([
  { wrong: 3, wait: undefined },
  { wrong: 4, wait: 1000 },
  { wrong: 6, wait: 4000 },
  { wrong: 100, wait: 8000 },
])("after $wrong wrong passwords an address waits $wait ms", ({ wrong, wait }) => {
  expect(guess(wrong).attempts.waitOf("192.0.2.1")).toBe(wait);
});

test("the wait ends", () => {
  const { clock, attempts } = guess(4);
  clock.advance(ms(1000));
  expect(attempts.waitOf("192.0.2.1")).toBeUndefined();
});

test("old guesses are forgiven", () => {
  const { clock, attempts } = guess(5);
  clock.advance(ms(60_000));
  attempts.failed("192.0.2.1");
  expect(attempts.waitOf("192.0.2.1")).toBeUndefined();
});

test("one address does not make another wait, and the table is bounded", () => {
  const { attempts } = guess(4);
  expect(attempts.waitOf("192.0.2.2")).toBeUndefined();
  for (let i = 0; i < 100; i++) attempts.failed(`198.51.100.${i}`);
  expect(attempts.size).toBe(4);
});
