import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RtpPacket } from "./packet.ts";
import { isRtcp, parseRtp, printPlainRtp, printRtp, readRtp, rewriteRtp, rtpFields } from "./packet.ts";

const uint = (bits: number) => fc.nat({ max: 2 ** Math.min(bits, 31) - 1 }).map((n) => (bits === 32 ? n * 2 + 1 : n));
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

const packets: fc.Arbitrary<RtpPacket> = fc.record({
  marker: fc.boolean(),
  payload: uint(7),
  sequence: uint(16),
  timestamp: uint(32),
  ssrc: uint(32),
  csrcs: fc.array(uint(32), { maxLength: 15 }),
  extension: fc.option(
    fc.record({ profile: uint(16), data: bytes(40).map((data) => data.subarray(0, data.length & ~3)) }),
    { nil: undefined },
  ),
  body: bytes(200),
  paddingBytes: uint(8),
});

test("what is printed is parsed again, sources, extension and padding included", () => {
  fc.assert(
    fc.property(packets, (packet) => {
      expect(parseRtp(printRtp(packet))).toEqual({ ok: true, value: packet });
    }),
  );
});

test("any bytes, and any valid packet cut or changed, give a packet or a refusal", () => {
  const damaged = fc.tuple(packets, fc.nat({ max: 300 }), fc.nat({ max: 20 }), fc.nat({ max: 255 }));
  const wild = damaged.map(([packet, length, at, value]) => {
    const printed = printRtp(packet);
    printed[at] = value;
    return printed.subarray(0, length);
  });
  const fields = rtpFields();
  fc.assert(
    fc.property(fc.oneof(bytes(100), wild), (raw) => {
      const parsed = parseRtp(raw);
      expect(readRtp(raw, fields)).toBe(parsed.ok);
      if (!parsed.ok) return;
      expect(fields.start).toBeLessThanOrEqual(fields.end);
      expect(fields.end).toBeLessThanOrEqual(raw.length);
      expect(parsed.value.body.length).toBe(fields.end - fields.start);
    }),
    { numRuns: 2000 },
  );
});

describe("bytes that are no RTP packet", () => {
  const plain = (first: number, ...rest: readonly number[]) =>
    Uint8Array.from([first, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, ...rest]);
  test.each([
    { name: "nothing at all", raw: new Uint8Array(0), error: "too-short" },
    { name: "eleven bytes", raw: plain(0x80).subarray(0, 11), error: "too-short" },
    { name: "version 1", raw: plain(0x40), error: "wrong-version" },
    { name: "a STUN request", raw: plain(0x00), error: "wrong-version" },
    { name: "a source list over the end", raw: plain(0x81), error: "sources-cut" },
    { name: "an extension header over the end", raw: plain(0x90, 0, 0), error: "extension-cut" },
    { name: "extension words over the end", raw: plain(0x90, 0, 0, 0, 1), error: "extension-cut" },
    { name: "padding of zero bytes", raw: plain(0xa0, 0), error: "bad-padding" },
    { name: "padding longer than what follows the header", raw: plain(0xa0, 3), error: "bad-padding" },
  ])("$name", ({ raw, error }) => {
    expect(parseRtp(raw)).toEqual({ ok: false, error });
  });
});

test("rewriting a header changes its five fields and nothing else", () => {
  fc.assert(
    fc.property(packets, packets, (packet, other) => {
      const raw = printRtp(packet);
      rewriteRtp(raw, { ...other, start: 0, end: 0 });
      const { marker, payload, sequence, timestamp, ssrc } = other;
      expect(parseRtp(raw)).toEqual({ ok: true, value: { ...packet, marker, payload, sequence, timestamp, ssrc } });
    }),
  );
});

test("a plain packet is header and body, as on the wire", () => {
  const header = { marker: true, payload: 8, sequence: 0x1234, timestamp: 0xa1b2c3d4, ssrc: 0xdeadbeef };
  const raw = printPlainRtp(header, Uint8Array.of(0xd5));
  expect([...raw]).toEqual([0x80, 0x88, 0x12, 0x34, 0xa1, 0xb2, 0xc3, 0xd4, 0xde, 0xad, 0xbe, 0xef, 0xd5]);
});

test("on a shared port, reports are told from sound by their second byte", () => {
  expect(isRtcp(Uint8Array.of(0x80, 200))).toBe(true);
  expect(isRtcp(Uint8Array.of(0x80, 0x80 | 8))).toBe(false);
  expect(isRtcp(new Uint8Array(0))).toBe(false);
});
