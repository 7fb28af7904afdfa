import { describe, expect, test } from "vitest";
import { checkDoors } from "./check-doors.ts";
import type { DoorSettings, RequestFacts } from "./types.ts";

const settings: DoorSettings = {
  publicOrigin: "https://pbx.example.com",
  isTenantDomain: (name) => name === "acme.example",
  isAllowedOrigin: (origin) => origin === "https://crm.example",
  plainHttp: "loopback",
  httpsPort: () => 8443,
};

const tls: RequestFacts = {
  method: "POST",
  target: "/dialer/call",
  path: "/dialer/call",
  isUpgrade: false,
  host: "pbx.example.com",
  origin: undefined,
  isPreflight: false,
  isTls: true,
  isLoopback: false,
  client: "198.51.100.7",
  localAddress: "203.0.113.5",
  hasCredential: true,
};
const plain: RequestFacts = { ...tls, isTls: false };
const page: Partial<RequestFacts> = { method: "GET", target: "/v2/?a=1", path: "/v2", hasCredential: false };
const health: Partial<RequestFacts> = { method: "GET", target: "/health", path: "/health", hasCredential: false };

const say = (facts: RequestFacts, change: Partial<DoorSettings> = {}): string => {
  const verdict = checkDoors(facts, { ...settings, ...change });
  if (verdict.kind === "refuse") return verdict.code;
  if (verdict.kind === "redirect") return `-> ${verdict.location}`;
  return verdict.allowedOrigin === undefined ? verdict.kind : `${verdict.kind} for ${verdict.allowedOrigin}`;
};

describe("the Host must be one of ours", () => {
  test.each([
    ["pbx.example.com", "pass"],
    ["PBX.Example.COM:8443", "pass"],
    ["pbx.example.com.", "pass"],
    ["acme.example", "pass"],
    ["localhost:8080", "pass"],
    ["demo.localhost", "pass"],
    ["203.0.113.5:8443", "pass"],
    ["203.0.113.6", "unknown-host"],
    ["[2001:db8::5]:8443", "unknown-host"],
    ["evil.example", "unknown-host"],
    ["localhost.evil.example", "unknown-host"],
    ["evil-localhost", "unknown-host"],
    ["pbx.example.com@evil.example", "unknown-host"],
    ["pbx.example.com/x", "unknown-host"],
    ["pbx.example.com:port", "unknown-host"],
    ["", "unknown-host"],
    [undefined, "unknown-host"],
  ])("%s: %s", (host, expected) => expect(say({ ...tls, host })).toBe(expected));

  test("a literal IPv6 address of the listener is ours", () =>
    expect(say({ ...tls, host: "[2001:db8::5]:8443", localAddress: "2001:db8::5" })).toBe("pass"));

  test("a target that names a server of its own is refused", () =>
    expect(say({ ...tls, target: "http://pbx.example.com/dialer/call" })).toBe("bad-request"));
});

describe("an Origin must be ours or allowed where the request could do something", () => {
  test.each([
    ["https://pbx.example.com", {}, "pass"],
    ["https://acme.example", {}, "foreign-origin"],
    ["https://acme.example", { host: "acme.example" }, "pass"],
    ["https://acme.example:8443", { host: "acme.example:8443" }, "pass"],
    ["https://acme.example", { host: "acme.example:8443" }, "foreign-origin"],
    ["http://acme.example", { host: "acme.example" }, "foreign-origin"],
    ["https://[2001:db8::5]", { host: "[2001:db8::5]", localAddress: "2001:db8::5" }, "pass"],
    ["https://crm.example", {}, "pass for https://crm.example"],
    ["https://crm.example.evil", {}, "foreign-origin"],
    ["https://evil.example", {}, "foreign-origin"],
    ["https://evil.example", { isUpgrade: true, method: "GET" }, "foreign-origin"],
    ["https://evil.example", { method: "DELETE" }, "foreign-origin"],
    ["https://evil.example", { method: "GET" }, "pass"],
    ["https://crm.example", { isUpgrade: true, method: "GET" }, "pass for https://crm.example"],
    ["https://crm.example", { isPreflight: true, method: "OPTIONS" }, "preflight for https://crm.example"],
    ["https://evil.example", { isPreflight: true, method: "OPTIONS" }, "foreign-origin"],
    ["null", {}, "foreign-origin"],
    ["null", { isUpgrade: true, method: "GET" }, "foreign-origin"],
    ["", {}, "foreign-origin"],
    ["https://pbx.example.com/path", {}, "foreign-origin"],
  ] as const)("%s %o: %s", (origin, change, expected) => expect(say({ ...tls, origin, ...change })).toBe(expected));

  test("null never matches, whatever the list says", () =>
    expect(say({ ...tls, origin: "null" }, { isAllowedOrigin: () => true })).toBe("foreign-origin"));
});

describe("without TLS only this machine is served", () => {
  test.each([
    [{}, "tls-required"],
    [{ hasCredential: false }, "tls-required"],
    [{ isLoopback: true }, "pass"],
    [health, "pass"],
    [{ ...health, hasCredential: true }, "tls-required"],
    [{ ...health, method: "POST" }, "tls-required"],
    [{ ...health, target: "/healthy", path: "/healthy" }, "tls-required"],
    [{ ...page }, "-> https://pbx.example.com/v2/?a=1"],
    [{ ...page, host: "acme.example:8080" }, "-> https://acme.example:8443/v2/?a=1"],
    [{ ...page, host: "203.0.113.5" }, "-> https://203.0.113.5:8443/v2/?a=1"],
    [{ ...page, target: "/", path: "/" }, "-> https://pbx.example.com/"],
    [{ ...page, target: "/admin/", path: "/admin" }, "-> https://pbx.example.com/admin/"],
    [{ ...page, hasCredential: true }, "tls-required"],
    [{ ...page, method: "POST" }, "tls-required"],
    [{ ...page, target: "/v2x", path: "/v2x" }, "tls-required"],
    [{ ...page, isUpgrade: true }, "tls-required"],
    [{ ...page, host: "evil.example" }, "unknown-host"],
    [{ method: "GET", target: "/events", path: "/events", isUpgrade: true }, "tls-required"],
  ] as const)("%o: %s", (change, expected) => expect(say({ ...plain, ...change })).toBe(expected));

  test("a page is refused when there is no TLS port to send it to", () =>
    expect(say({ ...plain, ...page, host: "acme.example" }, { httpsPort: () => undefined })).toBe("tls-required"));

  test("`allow` serves everybody", () => expect(say(plain, { plainHttp: "allow" })).toBe("pass"));

  test("the usual port is not written out", () =>
    expect(say({ ...plain, ...page, host: "acme.example" }, { httpsPort: () => 443 })).toBe(
      "-> https://acme.example/v2/?a=1",
    ));
});
