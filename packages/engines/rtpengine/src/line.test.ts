import type { LegQuality, NegotiatedMedia } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import { newLine, passesAsIs, qualityOf } from "./line.ts";
import { nothingCarried } from "./seat.ts";

const pcma = { payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 } as const;
const pcmu = { payload: 0, name: "PCMU", clockRateHz: 8000, channels: 1 } as const;
const opus = { payload: 111, name: "OPUS", clockRateHz: 48_000, channels: 2 } as const;

const media = (changes: Partial<NegotiatedMedia> = {}): NegotiatedMedia => ({
  remote: { address: "192.0.2.1", port: 4000, rtcpPort: 4001 },
  codecs: [pcma],
  digitsPayload: 101,
  direction: "sendrecv",
  ...changes,
});

describe("rtpengine passes packets unchanged, which serves two legs", () => {
  test.each<readonly [string, Partial<NegotiatedMedia>, Partial<NegotiatedMedia>, boolean]>([
    ["of one codec", {}, {}, true],
    ["of the same codecs in any order", { codecs: [pcma, pcmu] }, { codecs: [pcmu, pcma] }, true],
    ["of a codec that we do not know", { codecs: [opus] }, { codecs: [opus] }, true],
    ["but not of different laws", {}, { codecs: [pcmu] }, false],
    ["but not where one has a codec more", { codecs: [pcma, pcmu] }, {}, false],
    ["but not under different numbers", { codecs: [opus] }, { codecs: [{ ...opus, payload: 96 }] }, false],
    [
      "but not with numbers of each side's own",
      { codecs: [{ ...opus, receiveAs: 96 }] },
      { codecs: [{ ...opus, receiveAs: 96 }] },
      false,
    ],
    ["but not with other numbers for digits", {}, { digitsPayload: 96 }, false],
    ["but not where one has no digits", {}, { digitsPayload: undefined }, false],
    ["also where neither has digits", { digitsPayload: undefined }, { digitsPayload: undefined }, true],
    ["but not with digits of each side's own", { digitsReceivedAs: 96 }, { digitsReceivedAs: 96 }, false],
  ])("%s", (_what, a, b, passes) => expect(passesAsIs(media(a), media(b))).toBe(passes));
});

describe("how a leg's sound travelled", () => {
  const closed = Promise.resolve(refused({ code: "sound-engine-away" as const }));
  const line = { ...newLine("leg_A" as LegId, { address: "127.0.0.1" }, closed), media: media() };
  const carried = { ...nothingCarried, packetsReceived: 990, packetsSent: 500, packetsForeign: 3 };
  const measured: LegQuality = {
    codec: "PCMU",
    packetsSent: 50,
    packetsReceived: 40,
    packetsLost: 2,
    remoteLossRatio: 0.5,
    jitterMs: 9,
    roundTripMs: 80,
    packetsForeign: 0,
    mos: 3.5,
  };

  test("is known by packets alone when nobody has measured it", () =>
    expect(qualityOf(line, carried)).toEqual({
      ...measured,
      codec: "PCMA",
      packetsSent: 500,
      packetsReceived: 990,
      packetsForeign: 3,
      packetsLost: 0,
      jitterMs: 0,
      remoteLossRatio: undefined,
      roundTripMs: undefined,
      mos: undefined,
    }));

  test("is what its doubles have measured, of all that rtpengine has counted", () =>
    expect(qualityOf({ ...line, measured, lostBefore: 5 }, carried)).toEqual({
      ...measured,
      packetsSent: 500,
      packetsReceived: 990,
      packetsForeign: 3,
      packetsLost: 7,
    }));

  test("is what the peers report to each other, each of what it hears", () => {
    const isHeard = { reports: 3, packetsLost: 10, jitterMs: 4, roundTripMs: 60 };
    const hears = { reports: 2, packetsLost: 25, jitterMs: 1, roundTripMs: 20 };
    const quality = qualityOf({ ...line, measured }, { ...carried, packetsLost: 10, isHeard, hears });
    expect(quality).toMatchObject({ packetsLost: 12, jitterMs: 4, remoteLossRatio: 0.05, roundTripMs: 20 });
    expect(quality.mos).toBeGreaterThan(4.2);
    expect(quality.mos).toBeLessThan(4.4);
  });
});
