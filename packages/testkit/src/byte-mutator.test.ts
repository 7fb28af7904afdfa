import { checkMessage, parseMessage } from "@cordboard/sip";
import { describe, expect, test } from "vitest";
import { mutated } from "./byte-mutator.ts";
import { seededRandom } from "./seeded-random.ts";
import { sipSamples } from "./sip-samples.ts";

const samples = sipSamples();

describe("the byte mutator", () => {
  test("makes the same of the same numbers, and mostly something else of others", () => {
    const texts = new Set<string>();
    for (let seed = 0; seed < 500; seed++) {
      const [once, again] = [1, 2].map(() => mutated(samples[0] ?? new Uint8Array(0), seededRandom(seed), samples));
      expect(once).toEqual(again);
      texts.add(String(once));
    }
    expect(texts.size).toBeGreaterThan(450);
  });

  test("leaves what it changes as it was, and lets nothing grow without end", () => {
    const bytes = samples[0] ?? new Uint8Array(0);
    const before = Uint8Array.from(bytes);
    let longest = 0;
    for (let seed = 0; seed < 2_000; seed++)
      longest = Math.max(longest, mutated(bytes, seededRandom(seed), samples).length);
    expect(bytes).toEqual(before);
    expect(longest).toBeGreaterThan(10_000);
    expect(longest).toBeLessThanOrEqual(80_000);
    expect(mutated(new Uint8Array(0), seededRandom(1), [new Uint8Array(0)]).length).toBeLessThan(10_000);
  });

  test("starts from messages that are right, but for the three that are no SIP", () => {
    const wrong = samples.filter((sample) => {
      const parsed = parseMessage(sample);
      return !parsed.ok || checkMessage(parsed.value) !== undefined;
    });
    expect(wrong.length).toBe(3);
  });
});
