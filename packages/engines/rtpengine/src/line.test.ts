import type { NegotiatedMedia } from "@cordboard/core";
import { describe, expect, test } from "vitest";
import { passesAsIs } from "./line.ts";

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
