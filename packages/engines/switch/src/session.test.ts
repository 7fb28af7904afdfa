import type { AudioCodec, LocalProtection, SessionDescription } from "@cordboard/sip";
import { buildOffer, directionOf, Headers, OPUS, PCMA, PCMU, parseSdp, printSdp } from "@cordboard/sip";
import { describe, expect, test } from "vitest";
import type { Described } from "./session.ts";
import { readOffer, Session } from "./session.ts";

const text = new TextEncoder();
const peer = { address: "192.0.2.9", port: 5000 };

const newSession = (): Session => new Session("42", { address: "192.0.2.1", port: 4000 });
const offerOf = (...codecs: readonly AudioCodec[]): SessionDescription =>
  buildOffer({ sessionId: "7", version: 1 }, { endpoint: peer, codecs });
const describedBy = (body: string, type = "application/sdp"): Described => ({
  headers: Headers.of([["Content-Type", type]]),
  body: text.encode(body),
});
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

describe("keys in the description", () => {
  const [CM, GCM] = ["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"];
  const keysOf = (byte: number, ...suites: readonly string[]): LocalProtection => ({
    kind: "sdes",
    keys: suites.map((suite) => ({ suite, keyAndSalt: new Uint8Array(suite === CM ? 30 : 28).fill(byte) })),
    isRequired: true,
  });
  const protectedSession = (): Session => new Session("42", { address: "192.0.2.1", port: 4000 }, keysOf(1, GCM, CM));
  const offerBy = (...suites: readonly string[]): SessionDescription =>
    buildOffer({ sessionId: "7", version: 1 }, { endpoint: peer, codecs: [PCMA], protection: keysOf(2, ...suites) });
  const suitesIn = (sdp: string): readonly string[] =>
    [...sdp.matchAll(/^a=crypto:\d+ (\w+)/gm)].map(([, suite = ""]) => suite);

  test("are offered with the suite that is at work first, so that it stays", () => {
    const session = protectedSession();
    expect(suitesIn(session.offer([PCMA]))).toEqual([GCM, CM]);
    session.answer(offerBy(CM), [PCMA]);
    expect(suitesIn(session.offer([PCMA]))).toEqual([CM, GCM]);
  });

  test("are never used again once another suite has taken their place", () => {
    const session = protectedSession();
    expect([CM, GCM, CM].map((suite) => session.answer(offerBy(suite), [PCMA]).ok)).toEqual([true, true, false]);
    expect(suitesIn(session.offer([PCMA]))).toEqual([GCM]);
    expect(session.agreed?.protection).toMatchObject({ kind: "sdes", suite: GCM });
  });

  test("go on while their suite stays", () => {
    const session = protectedSession();
    const answers = [1, 2].map(() => session.answer(offerBy(CM, GCM), [PCMA]));
    const [first, second] = answers.map((answer) => answer.ok && answer.value.agreed.protection);
    expect(second).toEqual(first);
  });
});

describe("a peer that holds us", () => {
  const directionOfOffer = (sdp: string): string | undefined => {
    const parsed = parseSdp(sdp);
    return parsed.ok ? directionOf(parsed.value, parsed.value.media[0] ?? expect.fail("no audio")) : undefined;
  };

  test.each([
    { by: "sendonly", ours: "recvonly" },
    { by: "inactive", ours: "inactive" },
  ] as const)("by $by is offered other codecs as $ours, and everything when it asks for an offer", ({ by, ours }) => {
    const session = newSession();
    const offer = buildOffer({ sessionId: "7", version: 1 }, { endpoint: peer, codecs: [PCMA], direction: by });
    session.answer(offer, [PCMA]);
    expect(directionOfOffer(session.reoffer([PCMU]))).toBe(ours);
    expect(directionOfOffer(session.offer([PCMU]))).toBe("sendrecv");
  });

  test("no more is offered both ways", () => {
    const session = newSession();
    session.answer(offerOf(PCMA), [PCMA]);
    expect(directionOfOffer(session.reoffer([PCMU]))).toBe("sendrecv");
  });
});

test("an offer that is refused leaves what was agreed", () => {
  const session = newSession();
  session.answer(offerOf(PCMA), [PCMA]);
  session.offer([PCMU]);
  expect(session.takeAnswer(describedBy(printSdp(offerOf(OPUS)))).ok).toBe(false);
  expect(session.agreed?.codecs.map(({ codec }) => codec.name)).toEqual(["PCMA"]);
});

test("an answer without an offer of ours is refused", () => {
  const taken = newSession().takeAnswer(describedBy(printSdp(offerOf(PCMA))));
  expect(taken).toMatchObject({ ok: false, error: { code: "bad-description" } });
});

test("an answer that is no description is refused with a reason", () => {
  const session = newSession();
  session.offer([PCMA]);
  expect(session.takeAnswer(describedBy("hello"))).toMatchObject({ ok: false, error: { code: "bad-description" } });
  expect(session.takeAnswer(describedBy("", "application/sdp")).ok).toBe(false);
});

describe("the offer in a request", () => {
  test("stands in its body, or in a part of it", () => {
    const offer = printSdp(offerOf(PCMA));
    const parts = `--b\r\nContent-Type: text/plain\r\nContent-Disposition: render;handling=optional\r\n\r\nhi\r\n--b\r\nContent-Type: application/sdp\r\n\r\n${offer}\r\n--b--`;
    for (const request of [describedBy(offer), describedBy(parts, "multipart/mixed;boundary=b")]) {
      const read = readOffer(request);
      expect(read.ok && read.value !== undefined && printSdp(read.value)).toBe(offer);
    }
  });

  test("is none in an empty body", () => expect(readOffer(describedBy(""))).toEqual({ ok: true, value: undefined }));

  test.each([
    { name: "something else", request: describedBy("hi", "text/plain"), status: 415 },
    { name: "parts without an end", request: describedBy("--b\r\n", "multipart/mixed;boundary=b"), status: 400 },
    { name: "no description", request: describedBy("hello"), status: 400 },
  ])("is refused when it is $name: $status", ({ request, status }) =>
    expect(readOffer(request)).toMatchObject({ ok: false, error: { status } }),
  );
});
