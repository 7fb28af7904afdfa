import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codecsOf, G722, OPUS, PCMA, PCMU, TELEPHONE_EVENT } from "./codecs.ts";
import type { LocalAudio } from "./offer-answer.ts";
import { answerOffer, buildOffer, hold, mirrored, narrowest, readAnswer } from "./offer-answer.ts";
import { parseSdp } from "./parse.ts";
import { printSdp } from "./print.ts";
import type { Direction, SessionDescription } from "./session.ts";

const identity = { sessionId: "42", version: 1 };
const ours: LocalAudio = { endpoint: { address: "10.0.0.9", port: 10_000 }, codecs: [PCMA, PCMU, TELEPHONE_EVENT] };

function read(text: string): SessionDescription {
  const parsed = parseSdp(text);
  if (!parsed.ok) throw new Error(parsed.error.why);
  return parsed.value;
}

const offerOf = (...lines: readonly string[]): SessionDescription =>
  read(["v=0", "o=- 1 1 IN IP4 10.0.0.1", "s=-", "c=IN IP4 10.0.0.1", "t=0 0", ...lines].join("\r\n"));

function answered(offer: SessionDescription, audio: LocalAudio = ours) {
  const answer = answerOffer(offer, identity, audio);
  if (!answer.ok) throw new Error(answer.error.why);
  return answer.value;
}

describe("answering an offer (RFC 3264 §6)", () => {
  test("takes the codecs of both sides in the offer's order, by the offer's numbers", () => {
    const { description, agreed } = answered(
      offerOf(
        "m=audio 4000 RTP/AVP 111 0 8 96",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:30",
      ),
    );
    expect(agreed.codecs.map(({ codec }) => codec.name)).toEqual(["PCMU", "PCMA"]);
    expect(agreed.telephoneEvent).toMatchObject({ sendAs: 96, receiveAs: 96, remoteFmtp: "0-15" });
    expect(agreed).toMatchObject({
      remote: { address: "10.0.0.1", port: 4000 },
      remoteRtcp: { port: 4001 },
      ptimeMs: 30,
      isHeld: false,
    });
    expect(description.media[0]).toMatchObject({ port: 10_000, formats: ["0", "8", "96"] });
    expect(printSdp(description)).toContain("a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\n");
  });

  test("refuses every other stream with port 0 and keeps its kind and formats", () => {
    const { description } = answered(
      offerOf("m=video 5000 RTP/AVP 31", "m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/AVP 0", "m=image 9 udptl t38"),
    );
    expect(description.media.map(({ kind, port, formats }) => [kind, port, ...formats])).toEqual([
      ["video", 0, "31"],
      ["audio", 10_000, "0"],
      ["audio", 0, "0"],
      ["image", 0, "t38"],
    ]);
  });

  test.each([
    { name: "no codec in common", lines: ["m=audio 4000 RTP/AVP 18"], code: "no-common-codec" },
    {
      name: "only digits in common",
      lines: ["m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
      code: "no-common-codec",
    },
    { name: "no audio", lines: ["m=video 4000 RTP/AVP 31"], code: "no-audio" },
    { name: "audio switched off", lines: ["m=audio 0 RTP/AVP 0"], code: "no-audio" },
    { name: "encrypted audio alone", lines: ["m=audio 4000 UDP/TLS/RTP/SAVPF 0"], code: "not-protected" },
    { name: "no stream at all", lines: [], code: "no-audio" },
  ])("refuses an offer with $name", ({ lines, code }) => {
    const answer = answerOffer(offerOf(...lines), identity, ours);
    expect(answer.ok ? undefined : answer.error.code).toBe(code);
  });

  test("refuses an offer without an address", () => {
    const answer = answerOffer(read("v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 4000 RTP/AVP 0\r\n"), identity, ours);
    expect(answer.ok ? undefined : answer.error.code).toBe("bad-description");
  });

  test.each([
    { offered: "sendrecv", answer: "sendrecv", isHeld: false },
    { offered: "sendonly", answer: "recvonly", isHeld: true },
    { offered: "recvonly", answer: "sendonly", isHeld: false },
    { offered: "inactive", answer: "inactive", isHeld: true },
  ])("answers $offered with $answer", ({ offered, answer, isHeld }) => {
    const { description, agreed } = answered(offerOf("m=audio 4000 RTP/AVP 0", `a=${offered}`));
    expect(agreed).toMatchObject({ direction: answer, isHeld });
    expect(description.media[0]?.attributes.at(-1)?.name).toBe(answer);
  });

  test("takes the direction of the session where the stream says none", () => {
    expect(answered(offerOf("a=sendonly", "m=audio 4000 RTP/AVP 0")).agreed.isHeld).toBe(true);
  });

  test("knows the old hold by the address 0.0.0.0", () => {
    const { agreed } = answered(offerOf("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"));
    expect(agreed).toMatchObject({ isHeld: true, direction: "recvonly" });
  });

  test.each([
    { line: "a=rtcp-mux", rtcp: { address: "10.0.0.1", port: 4000 } },
    { line: "a=rtcp:5005", rtcp: { address: "10.0.0.1", port: 5005 } },
    { line: "a=rtcp:5005 IN IP4 10.0.0.7", rtcp: { address: "10.0.0.7", port: 5005 } },
    { line: "a=rtcp:99999", rtcp: { address: "10.0.0.1", port: 4001 } },
  ])("sends RTCP where $line says", ({ line, rtcp }) =>
    expect(answered(offerOf("m=audio 4000 RTP/AVP 0", line)).agreed.remoteRtcp).toEqual(rtcp),
  );

  test("tells codecs of one name apart by clock rate and channels", () => {
    const audio = { ...ours, codecs: [OPUS, PCMU] };
    const offer = offerOf("m=audio 4000 RTP/AVP 96 97 0", "a=rtpmap:96 opus/8000", "a=rtpmap:97 OPUS/48000/2");
    expect(answered(offer, audio).agreed.codecs.map(({ codec, sendAs }) => [codec.name, sendAs])).toEqual([
      ["opus", 97],
      ["PCMU", 0],
    ]);
  });
});

describe("offering", () => {
  test("what we offer is answered, and the answer is read: each side sends by the other's numbers", () => {
    const offer = buildOffer(identity, { ...ours, codecs: [G722, PCMA, TELEPHONE_EVENT] });
    const theirs: LocalAudio = {
      endpoint: { address: "10.0.0.2", port: 6000 },
      codecs: [PCMA, { ...TELEPHONE_EVENT, payloadType: 97 }],
    };
    const { description } = answered(read(printSdp(offer)), theirs);
    const settled = readAnswer(read(printSdp(description)), ours);
    expect(settled).toMatchObject({
      ok: true,
      value: { remote: { address: "10.0.0.2", port: 6000 }, codecs: [{ sendAs: 8, receiveAs: 8 }] },
    });
  });

  test("an answer may use numbers of its own", () => {
    const settled = readAnswer(offerOf("m=audio 4000 RTP/AVP 8 97", "a=rtpmap:97 telephone-event/8000"), ours);
    expect(settled).toMatchObject({ ok: true, value: { telephoneEvent: { sendAs: 97, receiveAs: 101 } } });
  });

  test("a refused stream is no answer", () => {
    const settled = readAnswer(offerOf("m=audio 0 RTP/AVP 0"), ours);
    expect(settled.ok ? undefined : settled.error.code).toBe("no-audio");
  });

  test("raises the version with the identity, over IPv6 too", () => {
    const offer = buildOffer(
      { sessionId: "7", version: 3 },
      { ...ours, endpoint: { address: "2001:db8::1", port: 4000 } },
    );
    expect(printSdp(offer)).toMatch(
      /^v=0\r\no=- 7 3 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP\/AVP 8 0 101\r\n/,
    );
  });
});

describe("directions", () => {
  const all: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

  test("mirroring twice changes nothing, and narrowing never widens", () => {
    for (const a of all) {
      expect(mirrored(mirrored(a))).toBe(a);
      for (const b of all) {
        expect(narrowest(a, b)).toBe(narrowest(b, a));
        expect(narrowest(narrowest(a, b), b)).toBe(narrowest(a, b));
      }
    }
  });

  test("holding stops receiving", () =>
    expect(all.map(hold)).toEqual(["sendonly", "sendonly", "inactive", "inactive"]));
});

describe("the SDP parser", () => {
  const browser = [
    "v=0",
    "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
    "c=IN IP4 0.0.0.0",
    "b=AS:64",
    "a=ice-ufrag:abcd",
    "a=fingerprint:sha-256 AA:BB",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "a=candidate:1 1 udp 2113937151 10.0.0.1 50000 typ host",
    "",
  ].join("\r\n");

  test("keeps what it does not know, and prints it as it was", () => expect(printSdp(read(browser))).toBe(browser));

  test("reads line feeds alone, and a description without s= and t=", () => {
    const session = read("v=0\no=x 1 1 IN IP4 h\nm=audio 4000/2 RTP/AVP 0\n");
    expect(session).toMatchObject({ name: "-", times: ["0 0"], media: [{ portCount: 2 }] });
    expect(codecsOf(session.media[0] ?? expect.fail())).toEqual([PCMU]);
  });

  test.each([
    { text: "", line: 0 },
    { text: "hello", line: 1 },
    { text: "v=1", line: 1 },
    { text: "v=0", line: 0 },
    { text: "v=0\r\no=x y z", line: 2 },
    { text: "v=0\r\no=- 1 1 IN IP4 h\r\nm=audio", line: 3 },
    { text: "v=0\r\no=- 1 1 IN IP4 h\r\nm=audio 70000 RTP/AVP 0", line: 3 },
    { text: "v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP4 ", line: 3 },
    { text: "v=0\r\no=- 1 1 IN IP4 h\r\nnonsense", line: 3 },
  ])("refuses $text and names line $line", ({ text, line }) => {
    const parsed = parseSdp(text);
    expect(parsed.ok ? undefined : parsed.error).toMatchObject({ code: "sdp-malformed", line });
  });

  test("refuses what is too big", () => {
    expect(parseSdp("v=0\r\n".padEnd(40_000, "a=x\r\n")).ok).toBe(false);
    expect(parseSdp(`v=0\r\no=- 1 1 IN IP4 h\r\n${"a=x\r\n".repeat(2_000)}`).ok).toBe(false);
  });

  test("any text gives a description or a refusal; what is printed is printed the same again", () => {
    const line = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom(
        "v=0",
        "o=- 1 1 IN IP4 h",
        "s=x",
        "c=IN IP4 10.0.0.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 0 96",
        "a=rtpmap:96 x/8000",
        "a=sendonly",
        "a=fmtp:96 y",
        "b=AS:1",
        "i=z",
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), (lines) => {
        const parsed = parseSdp(["v=0", "o=- 1 1 IN IP4 h", ...lines].join("\r\n"));
        if (!parsed.ok) return;
        const printed = printSdp(parsed.value);
        expect(printSdp(read(printed))).toBe(printed);
        answerOffer(parsed.value, identity, ours);
        readAnswer(parsed.value, ours);
      }),
      { numRuns: 2_000 },
    );
  });
});
