import type { NegotiatedMedia, SoundFact } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { refused, seconds } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { Line } from "./line.ts";
import { newLine } from "./line.ts";
import { LineFacts } from "./line-facts.ts";
import { nothingCarried } from "./seat.ts";

const LEG = "leg_A" as LegId;
const media = (direction: NegotiatedMedia["direction"]): NegotiatedMedia => ({
  remote: { address: "192.0.2.1", port: 4000, rtcpPort: 4000 },
  codecs: [{ payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 }],
  digitsPayload: 101,
  direction,
});
const lineOf = (isWebRtc: boolean, direction: NegotiatedMedia["direction"] = "sendrecv"): Line => {
  const opened = Promise.resolve(refused({ code: "no-free-ports" } as const));
  return Object.assign(newLine(LEG, { address: "192.0.2.9", isWebRtc }, opened), { media: media(direction) });
};

let facts: LineFacts;
let told: SoundFact[];
beforeEach(() => {
  facts = new LineFacts();
  told = [];
  facts.listen((fact) => void told.push(fact));
});
const troubles = (): readonly string[] => told.flatMap((fact) => (fact.type === "cut-off" ? [fact.trouble] : []));

describe("a browser that rtpengine carries", () => {
  test("and that was never heard has no way after 15 s", () => {
    const line = lineOf(true);
    facts.figures(line, nothingCarried, seconds(14));
    expect(troubles()).toEqual([]);
    facts.figures(line, nothingCarried, seconds(15));
    expect(troubles()).toEqual(["no-path"]);
  });

  test("and that is heard no more has lost its way after 45 s", () => {
    const line = lineOf(true);
    const carried = { ...nothingCarried, packetsReceived: 100 };
    facts.figures(line, carried, seconds(44));
    expect(troubles()).toEqual([]);
    facts.figures(line, carried, seconds(45));
    expect(troubles()).toEqual(["path-lost"]);
  });

  test("need not be heard while it is held", () => {
    facts.figures(lineOf(true, "sendonly"), nothingCarried, seconds(600));
    expect(troubles()).toEqual([]);
  });
});

test("a phone on the desk may say nothing for as long as it likes", () => {
  facts.figures(lineOf(false), nothingCarried, seconds(600));
  expect(told.map(({ type }) => type)).toEqual(["quality", "silent"]);
});
