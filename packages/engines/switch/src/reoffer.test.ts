import { ms } from "@cordboard/kernel";
import type { Outcome } from "@cordboard/sip";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { expect, test } from "vitest";

import { glareDelay, Reoffer } from "./reoffer.ts";

const glare: Outcome = { ok: false, status: 491, cause: "rejected", response: undefined };
const refusal: Outcome = { ok: false, status: 488, cause: "rejected", response: undefined };

test.each([
  { owns: true, low: 2100, high: 4000 },
  { owns: false, low: 0, high: 2000 },
])("the wait after glare is $low to $high ms when the Call-ID is ours: $owns", ({ owns, low, high }) => {
  const random = seededRandom(7);
  const waits = Array.from({ length: 3000 }, () => glareDelay(owns, random));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...waits)).toBeLessThanOrEqual(high);
  expect(waits.every((wait) => wait % 10 === 0)).toBe(true);
  expect(glareDelay(owns, { bytes: (count) => new Uint8Array(count) })).toBe(low);
  expect(glareDelay(owns, { bytes: (count) => new Uint8Array(count).fill(255) })).toBe(high);
});

/** Runs a series against the answers given, moving the clock over each wait. */
async function run(
  answers: readonly Outcome[],
): Promise<{ readonly sent: number; readonly outcome: Outcome | undefined; readonly timers: number }> {
  const clock = manualClock();
  let sent = 0;
  let outcome: Outcome | undefined;
  const parts = {
    clock,
    random: seededRandom(1),
    ownsCallId: true,
    send: async () => answers[Math.min(sent++, answers.length - 1)] ?? glare,
  };
  new Reoffer(parts, (end) => {
    outcome = end;
  }).start();
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
    await Promise.resolve();
    clock.advance(ms(4000));
  }
  return { sent, outcome, timers: clock.pending };
}

test("after glare it is offered again", async () => {
  expect(await run([glare, glare, refusal])).toEqual({ sent: 3, outcome: refusal, timers: 0 });
});

test("a peer that never gives way is left alone after a while", async () => {
  expect(await run([glare])).toEqual({ sent: 6, outcome: glare, timers: 0 });
});
