import { ms } from "@cordboard/kernel";
import type { RtpFields } from "@cordboard/rtp";
import { rtpFields, sequenceDistance, timestampDistance } from "@cordboard/rtp";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OutgoingStream, randomStart } from "./outgoing-stream.ts";

const START = { ssrc: 0xcafe_f00d, sequence: 65_530, timestamp: 0xffff_ff00, packets: 0, octets: 0 };
const stream = (): OutgoingStream => new OutgoingStream(START, ms(0));

/** Fields of a packet as its origin numbered it. */
const packet = (sequence: number, timestamp: number, marker = false): RtpFields => ({
  ...rtpFields(),
  sequence,
  timestamp,
  marker,
  start: 12,
  end: 172,
});

/** What became of a packet, or undefined when it was passed over. */
function sent(out: OutgoingStream, origin: number, fields: RtpFields, at: number): RtpFields | undefined {
  return out.take(fields, origin, 8000, ms(at)) ? fields : undefined;
}

test("the first packet begins a talk spurt, one after the stream's random start", () => {
  expect(sent(stream(), 1, packet(7, 70), 20)).toMatchObject({
    ssrc: 0xcafe_f00d,
    sequence: 65_531,
    timestamp: (0xffff_ff00 + 160) % 2 ** 32,
    marker: true,
  });
});

test("a new stream begins far from where its numbers wrap around", () => {
  const highest = { bytes: (count: number) => new Uint8Array(count).fill(0xff) };
  expect(randomStart(highest)).toMatchObject({ ssrc: 0xffff_ffff, sequence: 0x7fff });
});

describe("within one origin", () => {
  test("gaps, swaps and marker bits stay as they came, over the wrap too", () => {
    const out = stream();
    const arrived = [100, 101, 103, 102, 110, 111];
    const results = arrived.map((n, i) => sent(out, 1, packet(n, n * 160, n === 110), 20 * i));
    expect(results.map((fields) => fields?.sequence)).toEqual([65_531, 65_532, 65_534, 65_533, 5, 6]);
    expect(results.map((fields) => fields?.marker)).toEqual([true, false, false, false, true, false]);
    const times = results.map((fields) => timestampDistance(START.timestamp + 160, fields?.timestamp ?? 0));
    expect(times).toEqual([0, 160, 480, 320, 1600, 1760]);
  });

  test("a restart of its numbers goes on without a gap", () => {
    const out = stream();
    sent(out, 1, packet(100, 16_000), 0);
    expect(sent(out, 1, packet(40_000, 999), 20)).toMatchObject({ sequence: 65_532, marker: true });
    expect(sent(out, 1, packet(40_001, 1159), 40)).toMatchObject({ sequence: 65_533, marker: false });
  });
});

describe("a change of origin", () => {
  test("goes on with the next number, the time that has passed, and the marker", () => {
    const out = stream();
    const before = sent(out, 1, packet(100, 0), 0);
    const after = sent(out, 2, packet(9, 123_456), 1000);
    expect(after).toMatchObject({ sequence: 65_532, marker: true });
    expect(timestampDistance(before?.timestamp ?? 0, after?.timestamp ?? 0)).toBe(8000);
  });

  test("moves at least one packet's time on, however soon it comes", () => {
    const out = stream();
    const before = sent(out, 1, packet(100, 0), 500);
    const after = sent(out, 2, packet(9, 0), 501);
    expect(timestampDistance(before?.timestamp ?? 0, after?.timestamp ?? 0)).toBe(160);
  });

  test("passes over the late packets of before it, which would take numbers that are used", () => {
    const out = stream();
    sent(out, 1, packet(100, 0), 0);
    sent(out, 2, packet(50, 0), 20);
    expect(sent(out, 2, packet(49, 0), 21)).toBeUndefined();
    sent(out, 2, packet(52, 320), 40);
    expect(sent(out, 2, packet(51, 160), 41)).toMatchObject({ sequence: 65_533 });
  });

  test("after a long event counts time from the event's beginning, not from its last packet", () => {
    const out = stream();
    const first = sent(out, 1, packet(1, 5000), 0);
    for (let i = 1; i < 50; i++) sent(out, 1, packet(1 + i, 5000), 20 * i);
    const after = sent(out, 2, packet(1, 0), 1000);
    expect(timestampDistance(first?.timestamp ?? 0, after?.timestamp ?? 0)).toBe(8000);
  });
});

test("through any changes of origin, no number is used twice and none is left out but those that an origin itself left out", () => {
  const step = fc.record({ origin: fc.nat({ max: 3 }), skip: fc.nat({ max: 2 }), wait: fc.nat({ max: 100 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const out = stream();
      const next = new Map<number, number>();
      let [now, last, lastTime, previous] = [0, START.sequence, START.timestamp, -1];
      for (const { origin, skip, wait } of steps) {
        now += wait;
        const sequence = (next.get(origin) ?? origin * 20_000) + skip;
        next.set(origin, sequence + 1);
        const fields = sent(out, origin + 1, packet(sequence & 0xffff, sequence * 160), now);
        const expected = origin === previous ? 1 + skip : 1;
        expect(sequenceDistance(last, fields?.sequence ?? 0)).toBe(expected);
        expect(timestampDistance(lastTime, fields?.timestamp ?? 0)).toBeGreaterThanOrEqual(160);
        expect(fields?.marker).toBe(origin !== previous);
        [last, lastTime, previous] = [fields?.sequence ?? 0, fields?.timestamp ?? 0, origin];
      }
      expect(out.packets).toBe(steps.length);
      expect(out.octets).toBe(160 * steps.length);
    }),
  );
});

test("a stream that another worker takes on continues where it was", () => {
  const out = stream();
  const last = sent(out, 1, packet(1, 0), 0);
  const again = new OutgoingStream(out.snapshot(ms(40)), ms(90_000));
  const next = sent(again, 1, packet(77, 0), 90_000);
  expect(next?.sequence).toBe(65_532);
  expect(timestampDistance(last?.timestamp ?? 0, next?.timestamp ?? 0)).toBe(320 + 160);
  expect(again.packets).toBe(2);
});
