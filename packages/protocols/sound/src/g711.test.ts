import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { G711Law } from "./g711.ts";
import { convertCodes, decodeG711, encodeG711, lawConversion, lawOfRtpName, silenceCode } from "./g711.ts";

const ALL_CODES = Uint8Array.from({ length: 256 }, (_, code) => code);

/** Decoder output values of ITU-T G.711 tables 1a/1b and 2a/2b, scaled to 16 bits: A-law × 8, µ-law × 4. */
const VECTORS: readonly { law: G711Law; code: number; sample: number }[] = [
  { law: "a-law", code: 0xd5, sample: 8 },
  { law: "a-law", code: 0x55, sample: -8 },
  { law: "a-law", code: 0xaa, sample: 32_256 },
  { law: "a-law", code: 0x2a, sample: -32_256 },
  { law: "mu-law", code: 0xff, sample: 0 },
  { law: "mu-law", code: 0x80, sample: 32_124 },
  { law: "mu-law", code: 0x00, sample: -32_124 },
  { law: "mu-law", code: 0xfe, sample: 8 },
  { law: "mu-law", code: 0x7e, sample: -8 },
  { law: "mu-law", code: 0xef, sample: 132 },
];

/** ITU-T G.711 §4: level of a full-scale sine under each law. */
const OVERLOAD_DBM0: Readonly<Record<G711Law, number>> = { "a-law": 3.14, "mu-law": 3.17 };

/** ITU-T G.711 table 5 and 6: one period of 1 kHz at 0 dBm0. */
const KILOHERTZ: Readonly<Record<G711Law, readonly number[]>> = {
  "a-law": [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4],
  "mu-law": [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e],
};

describe.each(["a-law", "mu-law"] as const)("%s", (law) => {
  test.each(VECTORS.filter((vector) => vector.law === law))("code $code is sample $sample", ({ code, sample }) => {
    expect(decodeG711(law, Uint8Array.of(code))[0]).toBe(sample);
  });

  test("every code comes back from its own sample, but that µ-law's second zero becomes the first", () => {
    const back = encodeG711(law, decodeG711(law, ALL_CODES));
    const expected = Uint8Array.from(ALL_CODES, (code) => (law === "mu-law" && code === 0x7f ? 0xff : code));
    expect(back).toEqual(expected);
  });

  test("any sample up to the loudest comes back within half a step of its segment", () => {
    const loudest = Math.max(...decodeG711(law, ALL_CODES));
    fc.assert(
      fc.property(fc.integer({ min: -loudest, max: loudest }), (sample) => {
        const heard = decodeG711(law, encodeG711(law, Int16Array.of(sample)))[0] ?? Number.NaN;
        // Each segment has 16 steps from 33 half steps upwards; 132 is µ-law's bias, 4 one unit of the 14-bit scale.
        expect(Math.abs(heard - sample)).toBeLessThanOrEqual(Math.max(8, (Math.abs(heard) + 132) / 33) + 4);
      }),
    );
  });

  test("louder never becomes quieter", () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const heard = decodeG711(law, encodeG711(law, samples));
    for (let i = 1; i < heard.length; i++) expect(heard[i]).toBeGreaterThanOrEqual(heard[i - 1] ?? 0);
  });

  test("the Recommendation's reference kilohertz has a level of 0 dBm0", () => {
    const samples = decodeG711(law, Uint8Array.from(KILOHERTZ[law]));
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const fullScalePower = (32_768 * 32_768) / 2;
    expect(10 * Math.log10(power / fullScalePower) + OVERLOAD_DBM0[law]).toBeCloseTo(0, 1);
  });

  test("silence is the quietest code", () => {
    expect(Math.abs(decodeG711(law, Uint8Array.of(silenceCode[law]))[0] ?? 99)).toBeLessThanOrEqual(8);
  });
});

test("a code taken to the other law keeps its value within that law's step", () => {
  for (const [from, to] of [
    ["a-law", "mu-law"],
    ["mu-law", "a-law"],
  ] as const) {
    const codes = Uint8Array.from(ALL_CODES);
    convertCodes(lawConversion[`${from} to ${to}`], codes, 0, codes.length);
    const before = decodeG711(from, ALL_CODES);
    const after = decodeG711(to, codes);
    for (let i = 0; i < 256; i++) {
      const error = Math.abs((after[i] ?? 0) - (before[i] ?? 0));
      expect(error).toBeLessThanOrEqual(Math.max(16, Math.abs(before[i] ?? 0) / 16));
    }
  }
});

test("conversion touches only the range that it was given", () => {
  const codes = Uint8Array.of(1, 2, 3, 4);
  convertCodes(lawConversion["a-law to mu-law"], codes, 1, 3);
  expect([codes[0], codes[3]]).toEqual([1, 4]);
});

test("only the two G.711 names have a law", () => {
  expect([lawOfRtpName("PCMA"), lawOfRtpName("PCMU"), lawOfRtpName("OPUS")]).toEqual(["a-law", "mu-law", undefined]);
});
