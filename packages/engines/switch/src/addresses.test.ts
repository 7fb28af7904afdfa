import { ok } from "@cordboard/kernel";
import type { SipTransport } from "@cordboard/sip";
import { describe, expect, test } from "vitest";
import { OwnAddresses, peerOf } from "./addresses.ts";

const udp: SipTransport = {
  name: "udp",
  isReliable: false,
  family: 4,
  open: async () => ({ address: "10.0.0.2", port: 5060 }),
  send: () => ok(undefined),
  localTowards: () => ({ address: "10.0.0.2", port: 5060 }),
  isOpen: () => false,
  connections: () => [],
  close: async () => {},
};

const listener = (address: string, port: number): SipTransport => ({
  ...udp,
  open: async () => ({ address, port }),
  localTowards: () => ({ address, port }),
});

const known: Readonly<Record<string, readonly string[]>> = { "carrier.example": ["2001:db8::5", "203.0.113.5"] };
const resolve = async (host: string): Promise<readonly string[]> =>
  known[host] ?? Promise.reject(new Error("no such name"));
const addresses = new OwnAddresses({ transports: [udp], publicAddress: "198.51.100.1", resolve });

describe("our own address", () => {
  test.each([
    { host: "10.0.0.9", told: "10.0.0.2" },
    { host: "203.0.113.5", told: "198.51.100.1" },
    { host: "carrier.example", told: "198.51.100.1" },
  ])("is $told towards $host, where the socket is bound locally", async ({ host, told }) => {
    expect(await addresses.towards({ transport: "udp", host, port: 5060 })).toEqual({ local: "10.0.0.2", told });
  });
  test("is nothing towards a name that nobody knows, and over a transport that is not there", async () => {
    expect(await addresses.towards({ transport: "udp", host: "nowhere.example", port: 5060 })).toBeUndefined();
    expect(await addresses.towards({ transport: "tcp", host: "10.0.0.9", port: 5060 })).toBeUndefined();
  });
  test("is what Via and Contact say, too", async () => {
    const [shown] = addresses.transports;
    expect(await shown?.localTowards({ address: "203.0.113.5", port: 5060 })).toEqual({
      address: "198.51.100.1",
      port: 5060,
    });
  });
});

test("of several listeners the one counts that holds our end of the flow", async () => {
  const several = new OwnAddresses({
    transports: [listener("10.0.0.2", 5060), listener("10.7.0.2", 5060)],
    publicAddress: null,
    resolve,
  });
  const events = { onMessage: () => {}, onClosed: () => {} };
  for (const transport of several.transports) await transport.open(events);
  const flow = {
    transport: "udp",
    local: { address: "10.7.0.2", port: 5060 },
    remote: { address: "10.7.0.9", port: 5060 },
  } as const;
  expect(await several.towards(peerOf(flow))).toEqual({ local: "10.7.0.2", told: "10.7.0.2" });
});
