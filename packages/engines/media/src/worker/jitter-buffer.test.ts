import { decodeG711, encodeG711, isToneHeard, readTone, steadyTone } from "@cordboard/sound";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FRAME_SAMPLES, JitterBuffer, recordingWait, talkWait } from "./jitter-buffer.ts";

const FRAMES = 600;
/** No frame is like one before it: a tone of 440 Hz would be the same every five. */
const HZ = 441.7;
const tone = new Int16Array(FRAMES * FRAME_SAMPLES);
readTone(steadyTone(-10, HZ)).read(tone);
const codes = encodeG711("a-law", tone);
const sound = decodeG711("a-law", codes);

/** Puts the packet number `i` of a tone, of `length` samples. */
function put(buffer: JitterBuffer, i: number, { start = 0, length = FRAME_SAMPLES, origin = 1 } = {}): void {
  buffer.put(origin, (start + i * length) >>> 0, codes.subarray(i * length, (i + 1) * length), "a-law");
}

function take(buffer: JitterBuffer): Int16Array {
  const frame = new Int16Array(FRAME_SAMPLES);
  buffer.take(frame);
  return frame;
}

/** Everything that is heard when at each turn of 20 ms these packets come before a frame is taken. */
function listen(buffer: JitterBuffer, turns: readonly (readonly number[])[], start = 0): Int16Array {
  return Int16Array.from(
    turns.flatMap((packets) => {
      for (const i of packets) put(buffer, i, { start });
      return [...take(buffer)];
    }),
  );
}

const evenly = (count: number): readonly (readonly number[])[] => Array.from({ length: count }, (_, i) => [i]);
/** The sound with so much wait before it, cut to a length. */
const delayed = (frames: number, length: number): readonly number[] => [
  ...new Int16Array(frames * FRAME_SAMPLES),
  ...sound.subarray(0, length - frames * FRAME_SAMPLES),
];

test("packets that come evenly are heard 20 ms later, unchanged", () => {
  const heard = listen(new JitterBuffer(talkWait, true), evenly(400));
  expect([...heard]).toEqual(delayed(1, heard.length));
});

test("over the wrap of the timestamp nothing is lost", () => {
  for (const start of [0xffff_ffff - 1000, 0xffff_ff60, 0x7fff_ff00, 0xffff_ffff]) {
    const heard = listen(new JitterBuffer(talkWait, true), evenly(30), start);
    expect([...heard]).toEqual(delayed(1, heard.length));
  }
});

test.each([80, 240, 320, 480, 960])("packets of %i samples are as good as any", (length) => {
  const buffer = new JitterBuffer(talkWait, true);
  const heard: number[] = [];
  let sent = 0;
  for (let turn = 0; turn < 90; turn++) {
    for (; sent * length <= turn * FRAME_SAMPLES; sent++) put(buffer, sent, { length });
    heard.push(...take(buffer));
  }
  expect(heard).toEqual(delayed(1, heard.length));
});

test("packets that change places are put in order", () => {
  const swapped = evenly(100).map(([i = 0]) => (i % 10 === 4 ? [] : i % 10 === 5 ? [i, i - 1] : [i]));
  const heard = listen(new JitterBuffer(talkWait, true), swapped);
  expect([...heard]).toEqual(delayed(1, heard.length));
});

test("packets that come twice are heard once", () => {
  const doubled = evenly(100).map(([i = 0]) => [i, i, Math.max(0, i - 3)]);
  const heard = listen(new JitterBuffer(talkWait, true), doubled);
  expect([...heard]).toEqual(delayed(1, heard.length));
});

test("a lost packet costs nothing but its own 20 ms", () => {
  const heard = listen(
    new JitterBuffer(talkWait, true),
    evenly(50).map(([i = 0]) => (i === 20 ? [] : [i])),
  );
  const expected = delayed(1, heard.length);
  const lost = [21 * FRAME_SAMPLES, 22 * FRAME_SAMPLES] as const;
  expect([...heard.subarray(0, lost[0])]).toEqual(expected.slice(0, lost[0]));
  expect([...heard.subarray(lost[1])]).toEqual(expected.slice(lost[1]));
  expect([...heard.subarray(lost[0], lost[0] + 80)]).toEqual(expected.slice(lost[0] - 160, lost[0] - 80));
});

test("without concealment a lost packet is silence", () => {
  const heard = listen(
    new JitterBuffer(recordingWait, false),
    evenly(50).map(([i = 0]) => (i === 20 ? [] : [i])),
  );
  const expected = delayed(5, heard.length);
  expect([...heard]).toEqual(expected.map((sample, i) => (Math.floor(i / FRAME_SAMPLES) === 25 ? 0 : sample)));
});

test("packets that come in pairs are waited for a little longer, once", () => {
  const inPairs = evenly(200).map(([i = 0]) => (i % 3 === 2 ? [i - 2, i - 1, i] : []));
  const heard = listen(new JitterBuffer(talkWait, true), inPairs);
  const later = heard.subarray(20 * FRAME_SAMPLES);
  expect(isToneHeard(later, HZ, { minShare: 0.99 })).toBe(true);
});

test("a stall is cut short: what has waited for more than 60 ms is left out", () => {
  const stalled = evenly(100).map(([i = 0]) =>
    i >= 20 && i < 44 ? [] : i === 44 ? Array.from({ length: 25 }, (_, k) => 20 + k) : [i],
  );
  const buffer = new JitterBuffer(talkWait, true);
  const heard = listen(buffer, stalled);
  const end = heard.subarray(-10 * FRAME_SAMPLES);
  const wait = [1, 2, 3, 4].find((frames) => {
    const from = (90 - frames) * FRAME_SAMPLES;
    return [...end].every((sample, i) => sample === sound[from + i]);
  });
  expect(wait).toBeLessThanOrEqual(3);
});

test("a wait that is longer than needed gets shorter by 20 ms after 5 s", () => {
  const buffer = new JitterBuffer(talkWait, true);
  const late = [[0], [], [], [1, 2, 3], ...evenly(FRAMES).slice(4)];
  const heard = listen(buffer, late.slice(0, 590));
  const at = (frame: number): number => {
    const piece = [...heard.subarray(frame * FRAME_SAMPLES, (frame + 2) * FRAME_SAMPLES)];
    return [0, 1, 2, 3, 4].find((wait) =>
      piece.every((sample, i) => sample === sound[(frame - wait) * FRAME_SAMPLES + i]),
    ) as number;
  };
  expect(at(20)).toBeGreaterThanOrEqual(2);
  expect(at(580)).toBeLessThan(at(20));
});

test("a source that starts again, or stands still for a while, is heard again at once", () => {
  const buffer = new JitterBuffer(talkWait, true);
  listen(buffer, evenly(10));
  for (const [start, origin] of [
    [0x8000_0000, 1],
    [5, 2],
    [0, 2],
    [90_000, 2],
  ] as const) {
    for (let i = 0; i < 100; i++) take(buffer);
    const heard: number[] = [];
    for (let i = 0; i < 6; i++) {
      put(buffer, i, { start, origin });
      heard.push(...take(buffer));
    }
    expect(heard.slice(FRAME_SAMPLES)).toEqual([...sound.subarray(0, 5 * FRAME_SAMPLES)]);
  }
});

test("a source that sends nothing is silent", () => {
  const buffer = new JitterBuffer(talkWait, true);
  const frame = new Int16Array(FRAME_SAMPLES).fill(7);
  expect(buffer.take(frame)).toBe(false);
  expect([...frame]).toEqual(Array(FRAME_SAMPLES).fill(0));
  listen(buffer, [...evenly(5), [], [], [], [], []]);
  expect(buffer.take(frame)).toBe(false);
  expect(buffer.isDry).toBe(true);
});

test("whatever comes, a frame is a frame, the wait is bounded, and good packets are heard within a second", () => {
  const odd = fc.record({
    origin: fc.integer({ min: 1, max: 2 }),
    timestamp: fc.oneof(fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 4000 })),
    length: fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 2000 })),
    isTaken: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 60 }), (packets) => {
      const buffer = new JitterBuffer(talkWait, true);
      for (const { origin, timestamp, length, isTaken } of packets) {
        buffer.put(origin, timestamp, codes.subarray(0, length), "a-law");
        if (isTaken) take(buffer);
      }
      let left = 0;
      for (; !buffer.isDry && left < 100; left++) take(buffer);
      expect(left).toBeLessThanOrEqual(16);
      const heard = listen(buffer, evenly(60), 123_456);
      expect(isToneHeard(heard.subarray(-10 * FRAME_SAMPLES), HZ, { minShare: 0.99 })).toBe(true);
    }),
  );
});
