import type { AgreedAudio, AudioCodec } from "@cordboard/sip";
import { answerOffer, buildOffer, G722, OPUS, PCMA, PCMU, parseSdp, readAnswer, TELEPHONE_EVENT } from "@cordboard/sip";
import { describe, expect, test } from "vitest";
import {
  agreedCodecs,
  compareCodecs,
  describedCodecs,
  hasVoice,
  negotiated,
  ownAnswerCodecs,
  withDigits,
} from "./codecs.ts";

const endpoint = { address: "192.0.2.1", port: 4000 };
const identity = { sessionId: "1", version: 0 };

/** What two sides with these codecs agree on, as the side sees it that offered. */
function agree(
  offered: readonly AudioCodec[],
  answered: readonly AudioCodec[],
  direction: "sendrecv" | "sendonly" = "sendrecv",
): AgreedAudio {
  const offer = buildOffer(identity, { endpoint, codecs: offered });
  const answer = answerOffer(offer, identity, { endpoint, codecs: answered, direction });
  if (!answer.ok) throw new Error(answer.error.why);
  const agreed = readAnswer(answer.value.description, { endpoint, codecs: offered });
  if (!agreed.ok) throw new Error(agreed.error.why);
  return agreed.value;
}

const names = (codecs: readonly AudioCodec[] | undefined): readonly string[] | undefined =>
  codecs?.map(({ name, payloadType }) => `${name}/${payloadType}`);

const plainSide = { ice: undefined, isOfferer: false };

test("of a description count voice and digits at 8 kHz, with its own numbers", () => {
  const sdp = parseSdp(
    [
      "v=0",
      "o=- 1 1 IN IP4 192.0.2.1",
      "s=-",
      "c=IN IP4 192.0.2.1",
      "t=0 0",
      "m=video 6000 RTP/AVP 96",
      "m=audio 4000 RTP/AVP 96 8 13 97 98",
      "a=rtpmap:96 opus/48000/2",
      "a=rtpmap:13 CN/8000",
      "a=rtpmap:97 telephone-event/48000",
      "a=rtpmap:98 telephone-event/8000",
      "",
    ].join("\r\n"),
  );
  expect(sdp.ok && names(describedCodecs(sdp.value))).toEqual(["opus/96", "PCMA/8", "telephone-event/98"]);
});

describe("what we answer by ourselves", () => {
  test.each([
    { offer: [G722, PCMU, PCMA, TELEPHONE_EVENT], answer: ["PCMU/0", "telephone-event/101"] },
    { offer: [G722, OPUS], answer: ["G722/9", "opus/111"] },
  ])("to $offer.0.name first is $answer", ({ offer, answer }) => expect(names(ownAnswerCodecs(offer))).toEqual(answer));
});

describe("digits among codecs", () => {
  test("are added under a number that is free", () => {
    const busy = { ...OPUS, payloadType: 101 };
    expect(names(withDigits([busy]))).toEqual(["opus/101", "telephone-event/102"]);
  });
  test("are kept where they are", () => expect(withDigits([TELEPHONE_EVENT, PCMA])).toEqual([TELEPHONE_EVENT, PCMA]));
  test("alone are no voice", () => expect(hasVoice([TELEPHONE_EVENT])).toBe(false));
});

describe("two answered legs", () => {
  const both = agree([PCMA, PCMU, TELEPHONE_EVENT], [PCMA, PCMU, TELEPHONE_EVENT]);
  const ulaw = agree([PCMU], [PCMU]);
  const wide = agree([G722], [G722]);

  test("that agreed on the same are left alone", () => {
    expect(compareCodecs(both, both)).toEqual({ isEmpty: false, first: undefined, second: undefined });
  });
  test("of which one has more: that one is offered what is shared, and keeps its digits", () => {
    const { isEmpty, first, second } = compareCodecs(both, ulaw);
    expect([isEmpty, names(first), second]).toEqual([false, ["PCMU/0", "telephone-event/101"], undefined]);
  });
  test("with nothing in common have nothing to say", () => expect(compareCodecs(both, wide).isEmpty).toBe(true));
});

test("a leg's codecs are offered on by the numbers that its peer wants to receive", () => {
  const numbered = { ...OPUS, payloadType: 120 };
  const offer = buildOffer(identity, { endpoint, codecs: [OPUS] });
  const answer = buildOffer(identity, { endpoint, codecs: [numbered] });
  const agreed = readAnswer(answer, { endpoint, codecs: [OPUS] });
  expect(offer.media[0]?.formats).toEqual(["111"]);
  expect(agreed.ok && names(agreedCodecs(agreed.value))).toEqual(["opus/120"]);
});

test("the sound engine is told of both numbers where the peer answers with its own", () => {
  const offered = [OPUS, TELEPHONE_EVENT];
  const own = [
    { ...OPUS, payloadType: 96 },
    { ...TELEPHONE_EVENT, payloadType: 97 },
  ];
  const agreed = readAnswer(buildOffer(identity, { endpoint, codecs: own }), { endpoint, codecs: offered });
  if (!agreed.ok) return expect.fail();
  expect(negotiated(agreed.value, plainSide)).toMatchObject({
    codecs: [{ payload: 96, receiveAs: OPUS.payloadType }],
    digitsPayload: 97,
    digitsReceivedAs: TELEPHONE_EVENT.payloadType,
  });
});

test("the sound engine is told of names in upper case, of digits and of what we may do", () => {
  const media = negotiated(agree([OPUS, TELEPHONE_EVENT], [OPUS, TELEPHONE_EVENT], "sendonly"), plainSide);
  expect(media).toMatchObject({
    remote: { address: "192.0.2.1", port: 4000, rtcpPort: 4001 },
    codecs: [{ payload: 111, name: "OPUS", clockRateHz: 48_000, channels: 2 }],
    digitsPayload: 101,
    direction: "recvonly",
  });
});
