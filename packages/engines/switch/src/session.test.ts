import type { AudioCodec, SessionDescription } from "@cordboard/sip";
import { buildOffer, OPUS, PCMA, PCMU, parseSdp, printSdp } from "@cordboard/sip";
import { describe, expect, test } from "vitest";
import { readDescription, Session } from "./session.ts";

const text = new TextEncoder();
const peer = { address: "192.0.2.9", port: 5000 };

const newSession = (): Session => new Session("42", { address: "192.0.2.1", port: 4000 });
const offerOf = (...codecs: readonly AudioCodec[]): SessionDescription =>
  buildOffer({ sessionId: "7", version: 1 }, { endpoint: peer, codecs });
const versionOf = (sdp: string): string => {
  const parsed = parseSdp(sdp);
  return parsed.ok ? parsed.value.origin.version : "unreadable";
};

describe("the version of our description", () => {
  test("stays over answers that say the same", () => {
    const session = newSession();
    const answers = [1, 2].map(() => session.answer(offerOf(PCMA), [PCMA]));
    expect(answers.map((answer) => answer.ok && versionOf(answer.value.text))).toEqual(["0", "0"]);
  });
  test("rises by one with one that differs", () => {
    const session = newSession();
    session.answer(offerOf(PCMA, PCMU), [PCMA, PCMU]);
    const answer = session.answer(offerOf(PCMA, PCMU), [PCMU]);
    expect(answer.ok && versionOf(answer.value.text)).toBe("1");
    expect(versionOf(session.offer([PCMA]))).toBe("2");
  });
});

test("an offer that is refused leaves what was agreed", () => {
  const session = newSession();
  session.answer(offerOf(PCMA), [PCMA]);
  session.offer([PCMU]);
  expect(session.takeAnswer(text.encode(printSdp(offerOf(OPUS)))).ok).toBe(false);
  expect(session.agreed?.codecs.map(({ codec }) => codec.name)).toEqual(["PCMA"]);
});

test("an answer without an offer of ours is refused", () => {
  const taken = newSession().takeAnswer(text.encode(printSdp(offerOf(PCMA))));
  expect(taken).toMatchObject({ ok: false, error: { code: "bad-description" } });
});

test("a body that is no description is refused with a reason", () => {
  expect(readDescription(text.encode("hello"))).toMatchObject({ ok: false, error: { code: "bad-description" } });
});
