import { seededRandom } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { localMedia, stunFor } from "./local-media.ts";

const fingerprint = { hash: "sha-256", value: "AB" } as const;
const place = { address: "10.0.0.1", ports: { rtp: 4000, rtcp: 4001 }, isWebRtc: true };
const told = (outside: { address: string; port: number } | undefined) =>
  localMedia({ ...place, outside }, fingerprint, seededRandom(1)).webRtc?.candidates.map(({ type, address, port }) => [
    type,
    address,
    port,
  ]);

test("a browser is told our address, and what it looks like from outside when that is another", () => {
  expect(told(undefined)).toEqual([["host", "10.0.0.1", 4000]]);
  expect(told({ address: "10.0.0.1", port: 4000 })).toEqual([["host", "10.0.0.1", 4000]]);
  expect(told({ address: "203.0.113.9", port: 54_321 })).toEqual([
    ["host", "10.0.0.1", 4000],
    ["srflx", "203.0.113.9", 54_321],
  ]);
});

test("a plain phone is told no more than it needs", () => {
  expect(localMedia({ ...place, isWebRtc: false, outside: undefined }, fingerprint, seededRandom(1))).toEqual({
    address: "10.0.0.1",
    port: 4000,
    rtcpPort: 4001,
  });
});

test.each([
  { from: "10.0.0.1", server: "192.0.2.1", isAsked: true },
  { from: "127.0.0.1", server: "127.0.0.1", isAsked: true },
  { from: "127.0.0.1", server: "192.0.2.1", isAsked: false },
  { from: "10.0.0.1", server: "127.0.0.1", isAsked: false },
  { from: "2001:db8::1", server: "192.0.2.1", isAsked: false },
  { from: "2001:db8::1", server: "2001:db8::2", isAsked: true },
])("from $from the server at $server is asked: $isAsked", async ({ from, server, isAsked }) => {
  const found = await stunFor(from, async () => ({ address: server, port: 3478 }));
  expect(found !== undefined).toBe(isAsked);
});

test("without a server, or with one that is not found, nobody is asked", async () => {
  expect(await stunFor("10.0.0.1", undefined)).toBeUndefined();
  expect(await stunFor("10.0.0.1", () => Promise.reject(new Error("no such name")))).toBeUndefined();
});
