import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNewerSequence, sequenceAfter, sequenceDistance, timestampAfter, timestampDistance } from "./sequence.ts";

describe("sequence numbers around the wrap", () => {
  test.each([
    { from: 0, to: 0, distance: 0 },
    { from: 0, to: 1, distance: 1 },
    { from: 1, to: 0, distance: -1 },
    { from: 65_535, to: 0, distance: 1 },
    { from: 0, to: 65_535, distance: -1 },
    { from: 65_534, to: 2, distance: 4 },
    { from: 2, to: 65_534, distance: -4 },
    { from: 0, to: 32_767, distance: 32_767 },
    { from: 0, to: 32_768, distance: -32_768 },
    { from: 32_768, to: 0, distance: -32_768 },
    { from: 40_000, to: 7232, distance: -32_768 },
    { from: 40_000, to: 7231, distance: 32_767 },
  ])("from $from to $to is $distance", ({ from, to, distance }) => {
    expect(sequenceDistance(from, to)).toBe(distance);
    expect(isNewerSequence(to, from)).toBe(distance > 0);
  });

  test("going a distance and measuring it agree everywhere", () => {
    fc.assert(
      fc.property(fc.nat({ max: 65_535 }), fc.integer({ min: -32_768, max: 32_767 }), (from, by) => {
        expect(sequenceDistance(from, sequenceAfter(from, by))).toBe(by);
      }),
    );
  });
});

describe("timestamps around the wrap", () => {
  test.each([
    { from: 0xffff_ffff, to: 0, distance: 1 },
    { from: 0, to: 0xffff_ffff, distance: -1 },
    { from: 0xffff_ff60, to: 0, distance: 160 },
    { from: 0, to: 0x7fff_ffff, distance: 0x7fff_ffff },
    { from: 0, to: 0x8000_0000, distance: -0x8000_0000 },
  ])("from $from to $to is $distance", ({ from, to, distance }) => {
    expect(timestampDistance(from, to)).toBe(distance);
    expect(timestampAfter(from, distance)).toBe(to);
  });
});
