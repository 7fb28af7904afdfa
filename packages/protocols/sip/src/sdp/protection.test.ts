import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64Bytes, base64Text } from "./base64.ts";
import { OPUS, PCMA } from "./codecs.ts";
import { parseCrypto, printCrypto } from "./crypto-attribute.ts";
import type { LocalAudio } from "./offer-answer.ts";
import { answerOffer, buildOffer, readAnswer } from "./offer-answer.ts";
import { parseSdp } from "./parse.ts";
import { printSdp } from "./print.ts";
import type { LocalProtection } from "./protection.ts";
import type { SessionDescription } from "./session.ts";

const identity = { sessionId: "42", version: 1 };
const key = (byte: number, length = 30): Uint8Array => new Uint8Array(length).fill(byte);
const CM = "AES_CM_128_HMAC_SHA1_80";
const GCM = "AEAD_AES_128_GCM";

const sdes = (byte: number, isRequired = false): LocalProtection => ({
  kind: "sdes",
  keys: [
    { suite: GCM, keyAndSalt: key(byte, 28) },
    { suite: CM, keyAndSalt: key(byte) },
  ],
  isRequired,
});
const webRtc = (name: string, role?: "client" | "server"): LocalProtection => ({
  kind: "webrtc",
  ice: { usernameFragment: `ufrag${name}`, password: `password/of/the/side/${name}` },
  candidates: [`1 1 UDP 2130706431 10.0.0.${name.length} 4000 typ host`],
  fingerprint: { hash: "sha-256", value: Array(32).fill("AB").join(":") },
  role,
});
const audio = (protection: LocalProtection | undefined, more: Partial<LocalAudio> = {}): LocalAudio => ({
  endpoint: { address: "10.0.0.9", port: 10_000 },
  codecs: [PCMA],
  protection,
  ...more,
});

function read(text: string): SessionDescription {
  const parsed = parseSdp(text);
  if (!parsed.ok) throw new Error(parsed.error.why);
  return parsed.value;
}

/** What both sides make of an offer and its answer, each by way of its text. */
function agreeing(
  offerer: LocalProtection | undefined,
  answerer: LocalProtection | undefined,
  change = (text: string) => text,
) {
  const offer = read(change(printSdp(buildOffer(identity, audio(offerer)))));
  const answer = answerOffer(offer, identity, audio(answerer));
  if (!answer.ok) return { refused: answer.error.code };
  const text = printSdp(answer.value.description);
  const taken = readAnswer(read(text), audio(offerer));
  return {
    answerer: answer.value.agreed.protection,
    offerer: taken.ok ? taken.value.protection : taken.error.code,
    text,
  };
}

describe("keys in the description (RFC 4568)", () => {
  test.each([
    { name: "required", isRequired: true, protocol: "RTP/SAVP" },
    { name: "as an opportunity (RFC 8643)", isRequired: false, protocol: "RTP/AVP" },
  ])("$name: both sides have each other's key of the first suite that both know", ({ isRequired, protocol }) => {
    const { offerer, answerer, text } = agreeing(sdes(1, isRequired), sdes(2));
    const agreed = { kind: "sdes", tag: 1, suite: GCM, isInsistedOn: isRequired };
    expect(offerer).toEqual({ ...agreed, send: key(1, 28), receive: key(2, 28) });
    expect(answerer).toEqual({ ...agreed, send: key(2, 28), receive: key(1, 28) });
    expect(text).toContain(`m=audio 10000 ${protocol} 8`);
  });

  test("the answer bears the tag of the chosen line", () => {
    const { text, offerer } = agreeing(sdes(1), {
      kind: "sdes",
      keys: [{ suite: CM, keyAndSalt: key(2) }],
      isRequired: false,
    });
    expect(text).toContain(`a=crypto:2 ${CM} inline:`);
    expect(offerer).toMatchObject({ suite: CM });
  });

  test.each([
    { name: "a plain answer to an opportunity leaves all plain", from: sdes(1), to: undefined, offerer: undefined },
    { name: "a plain offer to one who can leaves all plain", from: undefined, to: sdes(2), offerer: undefined },
  ])("$name", ({ from, to, offerer }) => expect(agreeing(from, to)).toMatchObject({ offerer, answerer: undefined }));

  test.each([
    { name: "a plain offer to one who insists", from: undefined, to: sdes(2, true) },
    { name: "one who insists to one who cannot", from: sdes(1, true), to: undefined },
    { name: "keys to a browser's leg", from: sdes(1, true), to: webRtc("b") },
    { name: "a browser to a phone", from: webRtc("a"), to: sdes(2) },
    { name: "a browser to a plain phone", from: webRtc("a"), to: undefined },
  ])("$name is refused", ({ from, to }) => expect(agreeing(from, to)).toEqual({ refused: "not-protected" }));

  describe("a phone that offers its sound twice, in plain and by keys,", () => {
    const [plain, byKeys] = [buildOffer(identity, audio(undefined)), buildOffer(identity, audio(sdes(1, true)))];
    const twice = { ...plain, media: [...plain.media, ...byKeys.media] };

    test.each([
      { who: "one who insists", own: sdes(2, true), is: "RTP/SAVP" },
      { who: "one who can", own: sdes(2), is: "RTP/SAVP" },
      { who: "one who cannot", own: undefined, is: "RTP/AVP" },
    ])("is answered by $who with one stream of $is, and the other is refused", ({ own, is }) => {
      for (const media of [twice.media, twice.media.toReversed()]) {
        const answer = answerOffer({ ...twice, media }, identity, audio(own));
        if (!answer.ok) throw new Error(answer.error.why);
        const answered = answer.value.description.media.map(({ protocol, port }) => [protocol, port !== 0]);
        expect(answered).toEqual(media.map(({ protocol }) => [protocol, protocol === is]));
        expect(answer.value.agreed.protection?.kind).toBe(own?.kind);
      }
    });

    test("is refused by a browser's leg", () => {
      const answer = answerOffer(twice, identity, audio(webRtc("b")));
      expect(answer.ok ? undefined : answer.error.code).toBe("not-protected");
    });
  });

  test("no answer may leave out what was insisted on", () => {
    const answer = read(printSdp(buildOffer(identity, audio(undefined))));
    const taken = readAnswer(answer, audio(sdes(1, true)));
    expect(taken.ok ? undefined : taken.error.code).toBe("not-protected");
  });

  test("our own key sent back is none", () => {
    const offered = buildOffer(identity, audio(sdes(1)));
    const echoed = readAnswer(offered, audio(sdes(1, true)));
    expect(echoed.ok ? undefined : echoed.error.code).toBe("not-protected");
    expect(agreeing(sdes(3, true), sdes(3))).toEqual({ refused: "not-protected" });
  });

  test("a key of the wrong length is none", () => {
    const short = printCrypto({ tag: 1, suite: CM, keyAndSalt: key(1, 29) });
    const { answerer } = agreeing(undefined, sdes(2), (text) => `${text}a=crypto:${short}\r\n`);
    expect(answerer).toBeUndefined();
  });
});

describe("one line of a=crypto", () => {
  const inline = base64Text(key(7));
  test.each([
    `1 ${CM} inline:${inline}`,
    `1 ${CM.toLowerCase()} inline:${inline}|2^20`,
    `1  ${CM}  inline:${inline.replace(/=+$/, "")} WSH=64`,
  ])("%s is read", (text) => expect(parseCrypto(text)).toEqual({ tag: 1, suite: CM, keyAndSalt: key(7) }));

  test.each([
    `0 ${CM} inline:${inline}`,
    `1 ${CM} inline:${inline}|2^20|1:4`,
    `1 ${CM} inline:${inline}|1:4`,
    `1 ${CM} inline:${inline};inline:${inline}`,
    `1 ${CM} inline:${inline} UNENCRYPTED_SRTP`,
    `1 ${CM} inline:${inline} KDR=1`,
    `1 ${CM} inline:${inline} ${"WSH=64 ".repeat(5)}UNENCRYPTED_SRTP`,
    `1 ${CM} inline:not!base64`,
    `1 ${CM} uri:${inline}`,
    `1 ${CM}`,
    "",
  ])("%j is of no use", (text) => expect(parseCrypto(text)).toBeUndefined());

  test("bytes survive their text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(base64Bytes(base64Text(bytes))).toEqual(bytes);
      }),
    );
    expect(base64Text(Uint8Array.of(0xfb, 0xff))).toBe("+/8=");
    expect(base64Bytes("abcde")).toBeUndefined();
  });

  test("any text gets an answer", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseCrypto(text)));
  });
});

describe("a browser (RFC 8829)", () => {
  test("is answered on one port, in a group of one, and calls us for the handshake", () => {
    const { offerer, answerer, text } = agreeing(webRtc("a"), webRtc("bb"));
    expect(answerer).toMatchObject({
      kind: "webrtc",
      role: "server",
      remoteIce: { usernameFragment: "ufraga" },
      isLite: false,
    });
    expect(offerer).toMatchObject({ kind: "webrtc", role: "client", remoteIce: { usernameFragment: "ufragbb" } });
    for (const line of [
      "a=group:BUNDLE 0",
      "a=mid:0",
      "a=rtcp-mux",
      "a=setup:passive",
      "m=audio 10000 UDP/TLS/RTP/SAVPF 8",
    ])
      expect(text).toContain(`${line}\r\n`);
  });

  test("that wants to be called is called", () => {
    const { answerer, text } = agreeing(webRtc("a"), webRtc("b"), (offer) => offer.replace("actpass", "passive"));
    expect(answerer).toMatchObject({ role: "client" });
    expect(text).toContain("a=setup:active");
  });

  test("keeps its part in the handshake that there has been", () => {
    expect(agreeing(webRtc("a"), webRtc("b", "client"))).toMatchObject({ answerer: { role: "client" } });
  });

  test("behind an address of no use is not on hold", () => {
    const offer = read(printSdp(buildOffer(identity, audio(webRtc("a")))).replaceAll("IP4 10.0.0.9", "IP4 0.0.0.0"));
    const answer = answerOffer(offer, identity, audio(webRtc("b")));
    expect(answer.ok && [answer.value.agreed.isHeld, answer.value.agreed.direction]).toEqual([false, "sendrecv"]);
  });

  test.each([
    { name: "ICE", lines: /a=ice-(?:ufrag|pwd):.*\r\n/g },
    { name: "a fingerprint", lines: /a=fingerprint:.*\r\n/g },
    { name: "one port for both", lines: /a=rtcp-mux\r\n/g },
  ])("without $name is refused", ({ lines }) => {
    expect(agreeing(webRtc("a"), webRtc("b"), (text) => text.replace(lines, ""))).toEqual({ refused: "not-protected" });
  });

  test("with a digest of yesterday alone is refused", () => {
    const weak = `sha-1 ${Array(20).fill("AB").join(":")}`;
    const change = (text: string): string => text.replace(/sha-256 [0-9A-F:]+/, weak);
    expect(agreeing(webRtc("a"), webRtc("b"), change)).toEqual({ refused: "not-protected" });
  });

  test("may say once for all sections what holds for each", () => {
    const change = (text: string): string => {
      const shared = /a=(?:ice-ufrag|ice-pwd|fingerprint|setup):.*\r\n/g;
      const lines = (text.match(shared) ?? []).join("");
      return text.replace(shared, "").replace("m=audio", `${lines}m=audio`);
    };
    expect(agreeing(webRtc("a"), webRtc("b"), change)).toMatchObject({ answerer: { kind: "webrtc" } });
  });

  test("with sound and picture gets sound, and a group without the picture", () => {
    const offer = read(
      `${printSdp(buildOffer(identity, audio(webRtc("a"), { codecs: [OPUS, PCMA] })))}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n`,
    );
    const answer = answerOffer(offer, identity, audio(webRtc("b")));
    if (!answer.ok) throw new Error(answer.error.why);
    const text = printSdp(answer.value.description);
    expect(text).toContain("a=group:BUNDLE 0\r\n");
    expect(text).toContain("m=video 0 UDP/TLS/RTP/SAVPF 96\r\n");
  });
});

test("a plain phone that wants reports on the same port gets its wish", () => {
  const offer = read(`${printSdp(buildOffer(identity, audio(undefined)))}a=rtcp-mux\r\n`);
  const answer = answerOffer(offer, identity, audio(undefined));
  if (!answer.ok) throw new Error(answer.error.why);
  expect(printSdp(answer.value.description)).toContain("a=rtcp-mux\r\n");
  expect(answer.value.agreed.remoteRtcp.port).toBe(10_000);
});
