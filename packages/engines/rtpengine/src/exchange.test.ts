import type { MediaProtection, NegotiatedMedia } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import { across, inward, opening } from "./exchange.ts";
import type { Seat } from "./seat.ts";
import { newSeat } from "./seat.ts";

const seat = (name: string, changes: Partial<Seat> = {}): Seat => ({
  ...newSeat(`leg_${name}` as LegId, { isIPv6: false, isWebRtc: false }),
  ...changes,
});

const media = (changes: Partial<NegotiatedMedia> = {}): NegotiatedMedia => ({
  remote: { address: "192.0.2.1", port: 4000, rtcpPort: 4001 },
  codecs: [{ payload: 111, receiveAs: 96, name: "OPUS", clockRateHz: 48_000, channels: 2, fmtp: "useinbandfec=1" }],
  digitsPayload: 101,
  direction: "sendrecv",
  ...changes,
});

const browser: MediaProtection = {
  kind: "webrtc",
  localIce: { usernameFragment: "ours", password: "p".repeat(22) },
  remoteIce: { usernameFragment: "theirs", password: "q".repeat(22) },
  candidates: [{ foundation: "1", priority: 5, address: "192.0.2.1", port: 4000, type: "host" }],
  isRemoteLite: false,
  isControlling: false,
  fingerprints: [{ hash: "sha-256", value: "AA:BB" }],
  dtlsRole: "client",
};

const keys = { suite: "AES_CM_128_HMAC_SHA1_80", keyAndSalt: new Uint8Array(30) };
const linesOf = (sdp: unknown): readonly string[] => String(sdp).split("\r\n");

describe("what rtpengine is told", () => {
  test("of a leg that only opens: to give it ports that it keeps", () =>
    expect(opening(seat("A"))).toMatchObject({
      ICE: "remove",
      "address-family": "IP4",
      flags: ["port-latching", "strict-source", "asymmetric"],
    }));

  test("of two that talk: where each is, and to hear nobody else", () => {
    const { from, to, offer, answer } = across(seat("A"), seat("B"), [media(), media()]);
    expect([from, to]).toEqual(["leg_A", "leg_B"]);
    for (const side of [offer, answer]) expect(side["flags"]).toEqual(["port-latching", "strict-source", "asymmetric"]);
    expect(linesOf(offer["sdp"])).toEqual([
      "v=0",
      "o=- 1 1 IN IP4 192.0.2.1",
      "s=-",
      "c=IN IP4 192.0.2.1",
      "t=0 0",
      "m=audio 4000 RTP/AVP 111 96 101",
      "a=rtpmap:111 OPUS/48000/2",
      "a=fmtp:111 useinbandfec=1",
      "a=rtpmap:96 OPUS/48000/2",
      "a=fmtp:96 useinbandfec=1",
      "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-15",
      "a=sendrecv",
      "a=rtcp:4001",
      "",
    ]);
  });

  test("of a peer that is sought: to find it; and of one that was found: where", () => {
    const sought = across(seat("A", { trust: { in: "sought", since: ms(0), hasOffered: false } }), seat("B"), [
      media(),
      media(),
    ]);
    expect(sought.offer["flags"]).toEqual(["port-latching", "strict-source"]);
    const at = { address: "198.51.100.7", port: 5000, rtcpPort: 5003 };
    const found = inward(seat("A", { trust: { in: "found", at } }), media(), undefined);
    expect(found.answer["flags"]).toContain("asymmetric");
    expect(linesOf(found.answer["sdp"])).toEqual(
      expect.arrayContaining(["c=IN IP4 198.51.100.7", expect.stringMatching(/^m=audio 5000 /), "a=rtcp:5003"]),
    );
  });

  test.each([
    ["sendonly", "sendrecv", "a=recvonly", "a=sendonly"],
    ["recvonly", "sendrecv", "a=sendonly", "a=recvonly"],
    ["inactive", "sendrecv", "a=inactive", "a=inactive"],
    ["sendrecv", "sendonly", "a=sendrecv", "a=recvonly"],
    ["sendonly", "sendonly", "a=recvonly", "a=inactive"],
  ] as const)(
    "of one that we are %s to and one that we are %s to: what flows between them",
    (first, second, offered, answered) => {
      const both = [media({ direction: first }), media({ direction: second })] as const;
      const { offer, answer } = across(seat("A"), seat("B"), both);
      expect(linesOf(offer["sdp"])).toContain(offered);
      expect(linesOf(answer["sdp"])).toContain(answered);
    },
  );

  test("of a leg with its double: where that is", () => {
    const { from, to, offer } = inward(seat("A"), media(), { address: "::1", port: 7000, rtcpPort: 7001 });
    expect([from, to]).toEqual(["leg_A/in", "leg_A"]);
    expect(linesOf(offer["sdp"])).toEqual(expect.arrayContaining(["c=IN IP6 ::1", "a=rtcp:7001"]));
    expect(inward(seat("A"), media(), { address: "::1", port: 7000, rtcpPort: 7001 }).answer["address-family"]).toBe(
      "IP6",
    );
  });

  test("of a browser: its ways and its certificate, and to speak to it likewise", () => {
    const ada = seat("A", { isWebRtc: true });
    const { offer, answer } = across(ada, seat("B"), [media({ protection: browser }), media()]);
    expect(answer).toMatchObject({ ICE: "force", "transport-protocol": "UDP/TLS/RTP/SAVPF", SDES: ["off"] });
    expect(offer).toMatchObject({ ICE: "remove", "transport-protocol": "RTP/AVP" });
    expect(offer["flags"]).not.toContain("asymmetric");
    expect(linesOf(offer["sdp"])).toEqual(
      expect.arrayContaining([
        "m=audio 4000 UDP/TLS/RTP/SAVPF 111 96 101",
        "a=rtcp-mux",
        "a=ice-ufrag:theirs",
        "a=fingerprint:sha-256 AA:BB",
        "a=setup:passive",
        "a=candidate:1 1 UDP 5 192.0.2.1 4000 typ host",
      ]),
    );
  });

  test("of keys in a description: nothing", () => {
    const protection: MediaProtection = { kind: "sdes", send: keys, receive: keys };
    const { answer } = inward(seat("A"), media({ protection }), undefined);
    expect(answer["sdp"]).toContain("RTP/AVP");
    expect(answer["sdp"]).not.toContain("crypto");
  });
});
