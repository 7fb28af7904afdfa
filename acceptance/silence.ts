import { expect } from "vitest";
import type { Baresip } from "./baresip.ts";

/** Larger samples than these are no silence: G.711 says nothing softer than 8, and its silence is at most that. */
const SOFTEST = 8;

/** While something is done that takes its time, such as the measuring of what others hear, nothing is heard at this phone. */
export async function expectSilence(phone: Baresip, while_: () => Promise<unknown>): Promise<void> {
  const ear = await phone.listen();
  await while_();
  const loudest = (await ear.soFar()).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(loudest, `the loudest that ${phone.user} hears`).toBeLessThanOrEqual(SOFTEST);
}
