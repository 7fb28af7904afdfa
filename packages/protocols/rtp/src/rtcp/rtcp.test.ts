import { instant, ms } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRtcp } from "./parse.ts";
import { printRtcp } from "./print.ts";
import { middleOf, ntpTimeOf, ntpUnits, roundTripOf } from "./round-trip.ts";
import type { ReportBlock, RtcpPacket } from "./types.ts";

const uint32 = fc.nat({ max: 0xffff_ffff });
const text = fc.uint8Array({ maxLength: 255 }).map((bytes) => String.fromCharCode(...bytes));
const block: fc.Arbitrary<ReportBlock> = fc.record({
  ssrc: uint32,
  lossFraction: fc.nat({ max: 255 }),
  packetsLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
  highestSequence: uint32,
  jitter: uint32,
  lastReport: uint32,
  delaySinceLastReport: uint32,
});
const blocks = fc.array(block, { maxLength: 31 });
const packet: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    type: fc.constant("sender-report" as const),
    ssrc: uint32,
    sentAt: fc.record({ seconds: uint32, fraction: uint32 }),
    timestamp: uint32,
    packetsSent: uint32,
    octetsSent: uint32,
    blocks,
  }),
  fc.record({ type: fc.constant("receiver-report" as const), ssrc: uint32, blocks }),
  fc.record({
    type: fc.constant("source-description" as const),
    chunks: fc.array(
      fc.record({
        ssrc: uint32,
        items: fc.array(fc.record({ item: fc.integer({ min: 1, max: 255 }), text }), { maxLength: 4 }),
      }),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    type: fc.constant("goodbye" as const),
    ssrcs: fc.array(uint32, { maxLength: 31 }),
    reason: fc.option(text, { nil: undefined }),
  }),
);

test("what is printed is parsed again", () => {
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 6 }), (packets) => {
      const printed = printRtcp(packets);
      expect(printed.length % 4).toBe(0);
      expect(parseRtcp(printed)).toEqual({ ok: true, value: packets });
    }),
  );
});

test("packets of other types are kept byte for byte", () => {
  const feedback = Uint8Array.of(0x81, 205, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8);
  const parsed = parseRtcp(feedback);
  expect(parsed).toEqual({ ok: true, value: [{ type: "other", packetType: 205, bytes: feedback }] });
  expect(parsed.ok && printRtcp(parsed.value)).toEqual(feedback);
});

test("any bytes, and any valid datagram cut or changed, give packets or a refusal", () => {
  const wild = fc
    .tuple(fc.array(packet, { minLength: 1, maxLength: 3 }), fc.nat({ max: 400 }), fc.nat({ max: 40 }), fc.nat(255))
    .map(([packets, length, at, value]) => {
      const printed = printRtcp(packets);
      printed[at] = value;
      return printed.subarray(0, length);
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), wild), (bytes) => {
      const parsed = parseRtcp(bytes);
      if (parsed.ok) printRtcp(parsed.value);
    }),
    { numRuns: 2000 },
  );
});

describe("datagrams that are refused", () => {
  const report = printRtcp([{ type: "receiver-report", ssrc: 1, blocks: [] }]);
  test.each([
    { name: "nothing", bytes: new Uint8Array(0), error: "too-short" },
    { name: "half a header behind a report", bytes: Uint8Array.of(...report, 0x80, 201), error: "cut" },
    { name: "a length over the end", bytes: Uint8Array.of(0x80, 201, 0, 9, 0, 0, 0, 1), error: "cut" },
    { name: "version 1", bytes: Uint8Array.of(0x40, 201, 0, 1, 0, 0, 0, 1), error: "wrong-version" },
    { name: "more blocks than bytes", bytes: Uint8Array.of(0x81, 201, 0, 1, 0, 0, 0, 1), error: "bad-content" },
    {
      name: "a sender report without its figures",
      bytes: Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 1),
      error: "bad-content",
    },
    {
      name: "a description without an end",
      bytes: Uint8Array.of(0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 65, 65),
      error: "bad-content",
    },
    {
      name: "padding in the middle",
      bytes: Uint8Array.of(0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, ...report),
      error: "bad-padding",
    },
    { name: "padding over everything", bytes: Uint8Array.of(0xa0, 201, 0, 1, 0, 0, 0, 8), error: "bad-padding" },
    {
      name: "hundreds of empty packets",
      bytes: Uint8Array.from(Array.from({ length: 400 }, (_, i) => [0x80, 203, 0, 0][i % 4] ?? 0)),
      error: "too-many",
    },
  ])("$name", ({ bytes, error }) => {
    expect(parseRtcp(bytes)).toEqual({ ok: false, error });
  });
});

describe("round trip", () => {
  const answer = (sentAt: number, heldMs: number): ReportBlock => ({
    ssrc: 1,
    lossFraction: 0,
    packetsLost: 0,
    highestSequence: 0,
    jitter: 0,
    lastReport: middleOf(ntpTimeOf(instant(sentAt))),
    delaySinceLastReport: ntpUnits(ms(heldMs)),
  });

  test.each([
    { name: "in the middle of a day", sentAt: 1_700_000_000_123 },
    {
      name: "over the wrap of the 16-bit seconds",
      sentAt: (65_536 * 26_000 - 2_208_988_800 + 65_536 * 40_000) * 1000 - 40,
    },
  ])("$name, is the time since our report less what the peer held it", ({ sentAt }) => {
    expect(roundTripOf(answer(sentAt, 2000), instant(sentAt + 2080))).toBeCloseTo(80, 0);
  });

  test("needs a report of ours that it answers", () => {
    expect(roundTripOf({ ...answer(1e12, 0), lastReport: 0 }, instant(1e12))).toBeUndefined();
  });

  test.each([-5000, 120_000])("of %d ms is not believed", (wrongMs) => {
    expect(roundTripOf(answer(1e12, 0), instant(1e12 + wrongMs))).toBeUndefined();
  });

  test("NTP time counts from 1900", () => {
    expect(ntpTimeOf(instant(500))).toEqual({ seconds: 2_208_988_800, fraction: 0x8000_0000 });
  });
});
