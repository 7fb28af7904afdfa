import fc from "fast-check";
import { expect, test } from "vitest";
import { addSamples, clampSamples, subtractSamples } from "./mix.ts";

const voice = fc
  .array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 8, maxLength: 8 })
  .map((samples) => Int16Array.from(samples));

test("each hears the sum of all others, as loud as 16 bits can say", () => {
  fc.assert(
    fc.property(fc.array(voice, { minLength: 1, maxLength: 40 }), (voices) => {
      const sum = new Int32Array(8);
      for (const each of voices) addSamples(sum, each);
      for (const own of voices) {
        const heard = new Int16Array(8);
        const others = Int32Array.from(sum);
        subtractSamples(others, own);
        clampSamples(others, heard);
        const expected = [...heard.keys()].map((i) =>
          voices.reduce((all, each) => all + (each === own ? 0 : (each[i] ?? 0)), 0),
        );
        expect([...heard]).toEqual(expected.map((sample) => Math.max(-32_768, Math.min(32_767, sample))));
      }
    }),
  );
});
