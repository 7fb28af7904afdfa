import type { IncomingMessage } from "node:http";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHost } from "./host.ts";
import { clientAddress, trustedProxies } from "./proxies.ts";
import { factsOf, routePath } from "./request-facts.ts";

const nobody = trustedProxies([]);
const office = trustedProxies(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]);

function request(remoteAddress: string, headers: Record<string, string>, encrypted = false): IncomingMessage {
  const rawHeaders = Object.entries(headers).flat();
  const plain = { method: "POST", url: "/Dialer//Call/?a=/B/", headers, rawHeaders };
  return {
    ...plain,
    socket: { remoteAddress, localAddress: "::ffff:192.0.2.1", encrypted },
  } as unknown as IncomingMessage;
}

test("facts are taken from the connection when nobody stands between", () => {
  expect(factsOf(request("::ffff:198.51.100.7", { host: "a.example", "x-api-key": "k" }, true), nobody, false)).toEqual(
    {
      method: "POST",
      target: "/Dialer//Call/?a=/B/",
      path: "/dialer/call",
      isUpgrade: false,
      host: "a.example",
      origin: undefined,
      isPreflight: false,
      isTls: true,
      isLoopback: false,
      client: "198.51.100.7",
      localAddress: "192.0.2.1",
      hasCredential: true,
    },
  );
});

const forwarded = {
  host: "inside",
  "x-forwarded-for": "203.0.113.9, 10.1.2.3",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "pbx.example.com",
};

test("a trusted proxy tells client, protocol and host", () =>
  expect(factsOf(request("127.0.0.1", forwarded), office, false)).toMatchObject({
    client: "203.0.113.9",
    isTls: true,
    host: "pbx.example.com",
    isLoopback: false,
  }));

test("a stranger's forwarding headers are not believed", () =>
  expect(factsOf(request("198.51.100.7", forwarded), office, false)).toMatchObject({
    client: "198.51.100.7",
    isTls: false,
    host: "inside",
  }));

test("a proxy on this machine that nobody told us of does not make the world local", () => {
  expect(factsOf(request("127.0.0.1", forwarded), nobody, false)).toMatchObject({ isLoopback: false });
  expect(factsOf(request("127.0.0.1", { host: "localhost" }), nobody, false)).toMatchObject({ isLoopback: true });
});

test("two Hosts are none", () => {
  const twice = { ...request("127.0.0.1", { host: "a" }), rawHeaders: ["Host", "a", "host", "b"] } as IncomingMessage;
  expect(factsOf(twice, nobody, false).host).toBeUndefined();
});

describe("the chain of proxies is walked back for as long as it is trusted", () => {
  test.each([
    ["198.51.100.7", "1.2.3.4", "198.51.100.7"],
    ["10.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"],
    ["10.0.0.1", "198.51.100.7, 10.0.0.2, ::ffff:10.0.0.3", "198.51.100.7"],
    ["10.0.0.1", "198.51.100.7, nonsense, 10.0.0.2", "10.0.0.2"],
    ["10.0.0.1", "", "10.0.0.1"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    ["2001:db8::1", "2001:DB9::7", "2001:db9::7"],
  ])("%s behind %s is %s", (peer, chain, client) => expect(clientAddress(peer, chain, office)).toBe(client));
});

test.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "proxy.example", "", "10.0.0.0/-1"])(
  "%j is no trusted proxy",
  (entry) => expect(() => trustedProxies([entry])).toThrow("trusted proxy"),
);

test("any text is a host or none, and any target has a path", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      const host = parseHost(text);
      if (host !== undefined) expect(host.name).toMatch(/^[a-z0-9_.:-]*$/);
      expect(routePath(text)).not.toMatch(/\/\/|[?#]/);
    }),
  );
});
