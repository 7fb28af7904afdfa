import { ms } from "@cordboard/kernel";
import { seededRandom } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { Consent } from "./consent.ts";

test("nothing is asked and nothing ends before somebody has consented", () => {
  const consent = new Consent(seededRandom(1));
  expect([consent.isOver(ms(1e9)), consent.isDue(ms(1e9)), consent.nextAt]).toEqual([false, false, Infinity]);
});

test("it lasts 30 s, and is asked for every 4 to 6 s, each time once", () => {
  for (let seed = 0; seed < 50; seed++) {
    const consent = new Consent(seededRandom(seed));
    consent.give(ms(0));
    expect(consent.nextAt).toBeGreaterThanOrEqual(4_000);
    expect(consent.nextAt).toBeLessThanOrEqual(6_000);
    expect(consent.isDue(ms(3_999))).toBe(false);
    expect([consent.isDue(ms(6_000)), consent.isDue(ms(6_000)), consent.isDue(ms(10_000))]).toEqual([
      true,
      false,
      true,
    ]);
    expect([consent.isOver(ms(29_999)), consent.isOver(ms(30_000))]).toEqual([false, true]);
    consent.drop();
    expect([consent.isOver(ms(30_000)), consent.nextAt]).toEqual([false, Infinity]);
  }
});
