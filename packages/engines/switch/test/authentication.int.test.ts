import type { Result } from "@cordboard/kernel";
import type { Flow, SipRequest } from "@cordboard/sip";
import { parseMessage } from "@cordboard/sip";
import { machine, manualClock, seededRandom } from "@cordboard/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import type { Denial } from "../src/authentication.ts";
import { Authentication } from "../src/authentication.ts";
import { defaultSwitchSettings } from "../src/settings.ts";
import { House, home } from "./house.ts";

const flowFrom = (address: string): Flow => ({
  transport: "udp",
  local: { address: "10.0.0.1", port: 5060 },
  remote: { address, port: 5060 },
});
const HERE = flowFrom("10.0.0.2");

/** An INVITE of 101 that shows the nonce, if there is one, with a response that nobody made. */
function invite(nonce?: string): SipRequest {
  const proof = `Digest username="101", realm="${home.realm}", nonce="${nonce}", uri="sip:102@home.example", response="${"0".repeat(32)}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`;
  const lines = [
    "INVITE sip:102@home.example SIP/2.0",
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

let authentication: Authentication;
beforeEach(() => {
  const house = new House();
  authentication = new Authentication({
    directory: house,
    secrets: house,
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
