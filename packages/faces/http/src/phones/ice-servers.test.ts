import type { UserId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { iceServersFor, isIceUri } from "./ice-servers.ts";

const ada = "usr_a" as UserId;
const now = instant(1_700_000_000_999);
const none = { stun: [], turn: [], secret: undefined };

test("nobody is told of servers that there are not", () => {
  expect(iceServersFor(none, ada, now)).toEqual([]);
  expect(iceServersFor({ ...none, secret: "s" }, ada, now)).toEqual([]);
});

test("a relay is told with a name that ends in half a day and the password that goes with it", () => {
  const stun = ["stun:stun.example.com"];
  const turn = ["turn:turn.example.com?transport=udp", "turns:turn.example.com"];
  expect(iceServersFor({ stun, turn, secret: "north" }, ada, now)).toEqual([
    { urls: stun },
    // printf '1700043200:usr_a' | openssl dgst -sha1 -hmac north -binary | base64
    { urls: turn, username: "1700043200:usr_a", credential: "DOxz1O/rFev+XSrRdc8wbKtImps=" },
  ]);
});

test("a relay without a secret is told to nobody", () => {
  expect(iceServersFor({ ...none, turn: ["turn:turn.example.com"] }, ada, now)).toEqual([]);
});

test.each([
  ["stun", "stun:stun.example.com"],
  ["stun", "stuns:stun.example.com:5349"],
  ["stun", "stun:[2001:db8::5]:3478"],
  ["turn", "turn:192.0.2.1:3478?transport=udp"],
  ["turn", "turns:turn.example.com:443?transport=tcp"],
] as const)("a %s server: %s", (kind, text) => expect(isIceUri(kind, text)).toBe(true));

test.each([
  ["stun", "turn:turn.example.com"],
  ["turn", "stun:stun.example.com"],
  ["stun", "stun:stun.example.com?transport=udp"],
  ["turn", "turn:turn.example.com?transport=sctp"],
  ["turn", "turn:turn.example.com?transport=udp?transport=udp"],
  ["turn", "turn://turn.example.com"],
  ["turn", "turn:user@turn.example.com"],
  ["turn", "turn:turn.example.com:0"],
  ["turn", "turn:turn.example.com:65536"],
  ["turn", "turn:2001:db8::5"],
  ["turn", "turn:"],
  ["turn", "turn"],
  ["turn", ""],
] as const)("no %s server: %s", (kind, text) => expect(isIceUri(kind, text)).toBe(false));
