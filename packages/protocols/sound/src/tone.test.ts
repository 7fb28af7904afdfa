import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import { dominantFrequency, isToneHeard, soundLevelDbm0, toneLevelDbm0, toneShare, toneTime } from "./goertzel.ts";
import { musicOnHold } from "./melody.ts";
import { europeanTones, readTone, renderTone, steadyTone } from "./tone.ts";

/** `count` samples of a tone from its start. */
function listen(tone: Parameters<typeof readTone>[0], count: number): Int16Array {
  const samples = new Int16Array(count);
  return samples.subarray(0, readTone(tone).read(samples));
}

describe("call-progress tones", () => {
  test.each([
    { name: "ringback", onMs: 1000, offMs: 4000 },
    { name: "busy", onMs: 500, offMs: 500 },
    { name: "congestion", onMs: 250, offMs: 250 },
  ] as const)("$name is 425 Hz for $onMs ms, then silence for $offMs ms, then again", ({ name, onMs, offMs }) => {
    const period = (onMs + offMs) * 8;
    const samples = listen(europeanTones[name], 2 * period);
    for (const start of [0, period]) {
      expect(isToneHeard(samples.subarray(start, start + onMs * 8), 425)).toBe(true);
      expect(samples.subarray(start + onMs * 8, start + period).every((sample) => sample === 0)).toBe(true);
    }
  });

  test("the dial tone never stops", () => {
    const samples = listen(europeanTones.dial, 24_000);
    expect(toneShare(samples, 425)).toBeGreaterThan(0.99);
  });
});

test("a steady tone keeps its phase whatever the size of the reads", () => {
  const whole = listen(steadyTone(-10, 440.5), 16_000);
  const reader = readTone(steadyTone(-10, 440.5));
  const pieces: number[] = [];
  for (const size of [1, 159, 160, 7680, 8000]) {
    const piece = new Int16Array(size);
    expect(reader.read(piece)).toBe(size);
    pieces.push(...piece);
  }
  expect(pieces).toEqual([...whole]);
});

test("a frequency keeps its phase where a part ends and the next begins", () => {
  // Half a cycle more than whole ones fits a second: a restart would turn the tone upside down there.
  expect(toneShare(listen(steadyTone(-10, 440.5), 16_000), 440.5)).toBeGreaterThan(0.99);
});

test("a tone that does not repeat ends after its last part", () => {
  const tone = { ...steadyTone(-10, 440), isRepeating: false };
  expect(listen(tone, 9000).length).toBe(8000);
});

test("a tone without any length ends at once, though it should repeat", () => {
  expect(listen({ ...steadyTone(-10, 440), parts: [{ frequenciesHz: [440], lasts: ms(0) }] }, 100).length).toBe(0);
  expect(listen({ ...steadyTone(-10), parts: [] }, 100).length).toBe(0);
});

test.each([-40, -20, -10, 0])("a tone of %d dBm0 is measured as that", (level) => {
  const samples = listen(steadyTone(level, 1004), 8000);
  expect(toneLevelDbm0(samples, 1004)).toBeCloseTo(level, 0);
  expect(soundLevelDbm0(samples)).toBeCloseTo(level, 0);
});

test("two frequencies together are both heard, each at its own level", () => {
  const samples = listen(steadyTone(-13, 350, 440), 8000);
  expect(toneLevelDbm0(samples, 350)).toBeCloseTo(-13, 0);
  expect(toneLevelDbm0(samples, 440)).toBeCloseTo(-13, 0);
  expect(toneShare(samples, 350)).toBeCloseTo(0.5, 1);
});

test("the loudest candidate is found, and none in silence or noise of other frequencies", () => {
  expect(dominantFrequency(listen(steadyTone(-10, 880), 4000), [440, 660, 880])).toBe(880);
  expect(dominantFrequency(listen(steadyTone(-10, 1500), 4000), [440, 660, 880])).toBeUndefined();
  expect(dominantFrequency(new Int16Array(4000), [440])).toBeUndefined();
  expect(dominantFrequency(new Int16Array(0), [440])).toBeUndefined();
});

test("a tone under the threshold of hearing is not heard, however pure", () => {
  const whisper = listen(steadyTone(-45, 440), 8000);
  expect(isToneHeard(whisper, 440)).toBe(false);
  expect(isToneHeard(whisper, 440, { minLevelDbm0: -50 })).toBe(true);
});

test("music on hold is some seconds long, quiet, and never cut off at full scale", () => {
  const samples = renderTone(musicOnHold);
  expect(samples.length).toBeGreaterThan(5 * 8000);
  expect(soundLevelDbm0(samples)).toBeLessThan(-10);
  expect(soundLevelDbm0(samples)).toBeGreaterThan(-30);
  expect(Math.max(...samples)).toBeLessThan(16_000);
});

test("music on hold has no click where it starts again", () => {
  const twice = listen(musicOnHold, 2 * renderTone(musicOnHold).length);
  for (let i = 1; i < twice.length; i++) expect(Math.abs((twice[i] ?? 0) - (twice[i - 1] ?? 0))).toBeLessThan(6000);
});

test("a tone is heard for its share of the time, whatever phase it goes on with", () => {
  const tone = listen(steadyTone(-10, 440), 8000);
  const cut = new Int16Array(8000);
  cut.set(tone.subarray(0, 4000));
  cut.set(tone.subarray(7, 2007), 6000);
  expect([toneTime(tone, 440), toneTime(cut, 440), toneTime(cut, 620)]).toEqual([1, 0.75, 0]);
  expect(toneTime(new Int16Array(10), 440)).toBe(0);
});
