import type { Result } from "@cordboard/kernel";
import type { Flow, SipRequest } from "@cordboard/sip";
import { makeHa1, parseMessage } from "@cordboard/sip";
import { machine, manualClock, seededRandom } from "@cordboard/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import type { Denial } from "../src/authentication.ts";
import { Authentication } from "../src/authentication.ts";
import { defaultSwitchSettings } from "../src/settings.ts";
import { House, home, other, passwordOf, userAt } from "./house.ts";

const flowFrom = (address: string, transport: Flow["transport"] = "udp"): Flow => ({
  transport,
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address, port: 5060 },
});
const HERE = flowFrom("10.0.0.2");

const URI = "sip:102@home.example";

/** An INVITE of a user that shows the nonce, if there is one, with a response made of a password, else one that nobody made. */
function invite(nonce?: string, { name = "101", password = "" } = {}): SipRequest {
  const { hash } = machine;
  const { md5 } = makeHa1(hash, home.realm, { username: name, password });
  const made = hash.hex("md5", `${md5}:${nonce}:00000001:c:auth:${hash.hex("md5", `INVITE:${URI}`)}`);
  const response = password === "" ? "0".repeat(32) : made;
  const proof = `Digest username="${name}", realm="${home.realm}", nonce="${nonce}", uri="${URI}", response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`;
  const lines = [
    `INVITE ${URI} SIP/2.0`,
    "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa",
    "From: <sip:101@home.example>;tag=1",
    "To: <sip:102@home.example>",
    "Call-ID: a",
    "CSeq: 1 INVITE",
    ...(nonce === undefined ? [] : [`Proxy-Authorization: ${proof}`]),
    "Content-Length: 0",
  ];
  const parsed = parseMessage(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  if (!parsed.ok || parsed.value.type !== "request") throw new Error("the INVITE is malformed");
  return parsed.value;
}

function nonceIn(verdict: Result<unknown, Denial>): string {
  const challenge = verdict.ok ? undefined : verdict.error.headers.find(([name]) => name === "Proxy-Authenticate")?.[1];
  return /nonce="([^"]+)"/.exec(challenge ?? "")?.[1] ?? "";
}

let house: House;
let authentication: Authentication;
beforeEach(() => {
  house = new House();
  authentication = new Authentication({
    directory: house,
    secrets: house,
    tokens: house,
    hash: machine.hash,
    clock: manualClock(),
    random: seededRandom(1),
    attempts: defaultSwitchSettings.attempts,
  });
});
const challenge = (shown?: string): string => nonceIn(authentication.checkInvite(invite(shown), HERE, home));

describe("a call is expected", () => {
  test("when it shows a challenge that its first INVITE got, once", () => {
    const nonce = challenge();
    expect(nonce).not.toBe("");
    expect(authentication.isExpected(invite(nonce), HERE)).toBe(true);
    expect(authentication.isExpected(invite(nonce), HERE)).toBe(false);
  });

  test("not when it shows nothing, or what nobody was given", () => {
    challenge();
    expect(authentication.isExpected(invite(), HERE)).toBe(false);
    expect(authentication.isExpected(invite("made-up"), HERE)).toBe(false);
  });

  test("not when the challenge was given to another address", () => {
    expect(authentication.isExpected(invite(challenge()), flowFrom("10.0.0.3"))).toBe(false);
  });

  test("not after a wrong answer: guessing opens no door", () => {
    const second = challenge(challenge());
    expect(second).not.toBe("");
    expect(authentication.isExpected(invite(second), HERE)).toBe(false);
  });
});

describe("a token", () => {
  const SECURE = flowFrom("10.0.0.2", "wss");
  const TOKEN = "f".repeat(64);

  /** How a call is answered that comes with a password: 200 stands for being let in. */
  function outcome(flow: Flow, password: string, name = "101"): number {
    const nonce = nonceIn(authentication.checkInvite(invite(undefined, { name }), flow, home));
    const verdict = authentication.checkInvite(invite(nonce, { name, password }), flow, home);
    return verdict.ok ? 200 : verdict.error.status;
  }

  test.each(["ws", "wss"] as const)("lets its user in over %s, as the password goes on doing", (transport) => {
    house.tokens.set(`${home.id} ${userAt("101").id}`, TOKEN);
    const flow = flowFrom("10.0.0.2", transport);
    expect([outcome(flow, TOKEN), outcome(flow, passwordOf("101"))]).toEqual([200, 200]);
  });

  test.each(["udp", "tcp", "tls"] as const)("is a wrong password over %s: it is for browsers", (transport) => {
    house.tokens.set(`${home.id} ${userAt("101").id}`, TOKEN);
    expect(outcome(flowFrom("10.0.0.2", transport), TOKEN)).toBe(407);
  });

  test("is a wrong password when it is another user's, another company's, or over", () => {
    house.tokens.set(`${home.id} ${userAt("102").id}`, TOKEN);
    house.tokens.set(`${other.id} usr_other.example_101`, TOKEN);
    expect(outcome(SECURE, TOKEN)).toBe(407);
  });

  test("opens nothing for somebody who does not exist, even if it is that of nobody", () => {
    house.tokens.set(`${home.id} usr_nobody`, TOKEN);
    expect(outcome(SECURE, TOKEN, "199")).not.toBe(200);
  });
});
