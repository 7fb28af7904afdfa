import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { estimateMos } from "./opinion.ts";

test.each([
  { name: "a perfect line", delay: 0, jitter: 0, lossRatio: 0, mos: 4.4 },
  { name: "a good line", delay: 50, jitter: 5, lossRatio: 0.005, mos: 4.3 },
  { name: "five percent lost", delay: 50, jitter: 5, lossRatio: 0.05, mos: 3.8 },
  { name: "a satellite hop", delay: 500, jitter: 10, lossRatio: 0, mos: 2.3 },
  { name: "half of it lost", delay: 50, jitter: 20, lossRatio: 0.5, mos: 1.4 },
  { name: "all of it lost", delay: 400, jitter: 100, lossRatio: 1, mos: 1 },
])("$name is worth about $mos", ({ delay, jitter, lossRatio, mos }) => {
  expect(Math.abs(estimateMos({ delay: ms(delay), jitter: ms(jitter), lossRatio }) - mos)).toBeLessThan(0.3);
});

test("stays between 1.0 and 4.5, and never gets better by delay or loss", () => {
  const anything = fc.double({ min: -100, max: 5000, noNaN: true });
  fc.assert(
    fc.property(anything, anything, fc.double({ min: 0, max: 1, noNaN: true }), (delay, jitter, lossRatio) => {
      const score = estimateMos({ delay: ms(delay), jitter: ms(jitter), lossRatio });
      expect(score).toBeGreaterThanOrEqual(1);
      expect(score).toBeLessThanOrEqual(4.5);
      expect(estimateMos({ delay: ms(delay + 100), jitter: ms(jitter), lossRatio })).toBeLessThanOrEqual(score + 0.01);
      expect(estimateMos({ delay: ms(delay), jitter: ms(jitter), lossRatio: lossRatio / 2 })).toBeGreaterThanOrEqual(
        score - 0.01,
      );
    }),
  );
});
