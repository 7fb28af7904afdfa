import { expect, test } from "vitest";
import { reflectingServer } from "./reflecting-server.ts";

const resolve = async (name: string): Promise<readonly string[]> => (name === "stun.example.com" ? ["192.0.2.7"] : []);
const find = (...stun: readonly string[]) => reflectingServer({ stun, publicAddress: undefined }, resolve)?.();

test.each([
  { uri: "stun:stun.example.com", address: "192.0.2.7", port: 3478 },
  { uri: "stun:stun.example.com:5000", address: "192.0.2.7", port: 5000 },
  { uri: "stun:192.0.2.1:19302", address: "192.0.2.1", port: 19_302 },
  { uri: "stun:[2001:db8::1]:5000", address: "2001:db8::1", port: 5000 },
  { uri: "stun:stun.example.com?transport=udp", address: "192.0.2.7", port: 3478 },
])("$uri is at $address, port $port", async ({ uri, address, port }) => {
  expect(await find(uri)).toEqual({ address, port });
});

test("the first one is asked, and a name that nobody knows is no server", async () => {
  expect(await find("stun:192.0.2.1", "stun:192.0.2.2")).toEqual({ address: "192.0.2.1", port: 3478 });
  expect(await find("stun:unknown.example.com")).toBeUndefined();
});

test("nobody is asked when there is no server, or the public address is set", () => {
  expect(find()).toBeUndefined();
  expect(reflectingServer({ stun: ["stun:192.0.2.1"], publicAddress: "203.0.113.5" }, resolve)).toBeUndefined();
});
