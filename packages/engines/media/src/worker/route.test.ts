import type { Codec, NegotiatedMedia } from "@cordboard/core";
import { pcma, pcmu } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { planRoute } from "./route.ts";

const opus = (payload: number): Codec => ({ payload, name: "OPUS", clockRateHz: 48_000, channels: 2 });
const g722: Codec = { payload: 9, name: "G722", clockRateHz: 8000, channels: 1 };

const media = (codecs: readonly Codec[], digitsPayload?: number): NegotiatedMedia => ({
  remote: { address: "127.0.0.1", port: 4000, rtcpPort: 4001 },
  codecs,
  digitsPayload,
  direction: "sendrecv",
});

/** The numbers that have a way, with what they become. */
function ways(from: NegotiatedMedia, to: NegotiatedMedia): Record<number, number> {
  return Object.fromEntries(
    planRoute(from, to).flatMap((way, payload) => (way === undefined ? [] : [[payload, way.payload]])),
  );
}

test("a codec that both have passes under the receiver's number", () => {
  expect(ways(media([opus(111), pcma], 101), media([pcma, opus(96)], 97))).toEqual({ 111: 96, 8: 8, 101: 97 });
});

test("what a peer numbers in its own way is known by that number, and sent on under the other's", () => {
  const from = { ...media([{ ...opus(111), receiveAs: 96 }], 101), digitsReceivedAs: 97 };
  expect(ways(from, media([opus(120)], 105))).toEqual({ 96: 120, 97: 105 });
  expect(ways(media([opus(120)], 105), from)).toEqual({ 120: 111, 105: 101 });
});

test("G.711 becomes the other law only where the receiver has not the same one", () => {
  const both = planRoute(media([pcma, pcmu]), media([pcmu]));
  expect([both[8]?.payload, both[0]?.payload]).toEqual([0, 0]);
  expect(both[8]?.conversion).toHaveLength(256);
  expect(both[0]).toMatchObject({ conversion: undefined });
  expect(planRoute(media([pcma, pcmu]), media([pcmu, pcma]))[8]).toMatchObject({ payload: 8, conversion: undefined });
});

test("codecs that the receiver does not have go nowhere", () => {
  expect(ways(media([opus(111), g722]), media([pcma]))).toEqual({});
});

test("a name alone is not the same codec: rate and channels count", () => {
  expect(ways(media([opus(111)]), media([{ ...opus(111), channels: 1 }]))).toEqual({});
});

test("digits go nowhere when one side has none", () => {
  expect(ways(media([pcma], 101), media([pcma]))).toEqual({ 8: 8 });
  expect(ways(media([pcma]), media([pcma], 101))).toEqual({ 8: 8 });
});

test("the clock is that of what the receiver gets", () => {
  const route = planRoute(media([opus(111), pcma]), media([opus(96), pcmu]));
  expect([route[111]?.clockRateHz, route[8]?.clockRateHz]).toEqual([48_000, 8000]);
});
