import type { LocalMedia, SoundProtection } from "@cordboard/core";
import type { Result } from "@cordboard/kernel";
import type { SessionDescription, TransportName } from "@cordboard/sip";
import { buildOffer, PCMA } from "@cordboard/sip";
import { seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import type { Guard, GuardRefusal, SrtpPolicy } from "./protection.ts";
import { askedOf, guardOf, guardTowards, localProtection, protectionOf } from "./protection.ts";
import { Session } from "./session.ts";

const random = seededRandom(1);
const browser: LocalMedia = {
  address: "10.0.0.1",
  port: 4000,
  rtcpPort: 4001,
  webRtc: {
    ice: { usernameFragment: "ours", password: "a/password/of/ours/1234" },
    candidates: [{ foundation: "1", priority: 2_130_706_431, address: "10.0.0.1", port: 4000, type: "host" }],
    fingerprint: { hash: "sha-256", value: Array(32).fill("AB").join(":") },
  },
};
const place = { media: browser, told: "10.0.0.1" };
const endpoint = { address: "10.0.0.9", port: 5000 };

const offerBy = (guard: Guard): SessionDescription =>
  buildOffer(
    { sessionId: "1", version: 1 },
    { endpoint, codecs: [PCMA], protection: localProtection(guard, place, random) },
  );

/** The guard, or why there is none. */
const said = <Guard, Why>(result: Result<Guard, Why>): Guard | Why => (result.ok ? result.value : result.error);

test.each([
  { own: ["as-server"], server: "required", over: "tls", asked: "required" },
  { own: ["as-server"], server: "offered", over: "wss", asked: "offered" },
  // The server's word is about peers over TLS.
  { own: ["as-server"], server: "required", over: "udp", asked: "off" },
  { own: ["off"], server: "required", over: "tls", asked: "off" },
  { own: ["required"], server: "off", over: "tls", asked: "required" },
  { own: ["required"], server: "off", over: "udp", asked: "required" },
  { own: ["offered", "off", "as-server"], server: "off", over: "tls", asked: "offered" },
  { own: ["off", "as-server"], server: "required", over: "tls", asked: "required" },
] as const satisfies readonly {
  own: readonly SoundProtection[];
  server: SrtpPolicy;
  over: TransportName;
  asked: SrtpPolicy;
}[])("where $own is said of a peer, and $server of all, $asked is asked over $over", ({ own, server, over, asked }) =>
  expect(askedOf(own, server, over)).toBe(asked),
);

test.each([
  { over: "udp", asked: "off", guard: "none" },
  { over: "udp", asked: "required", guard: "tls-wanted" },
  { over: "tcp", asked: "offered", guard: "none" },
  { over: "tls", asked: "off", guard: "none" },
  { over: "tls", asked: "offered", guard: "offered" },
  { over: "tls", asked: "required", guard: "required" },
  { over: "ws", asked: "off", guard: "webrtc" },
  { over: "wss", asked: "required", guard: "webrtc" },
] as const satisfies readonly { over: TransportName; asked: SrtpPolicy; guard: Guard | GuardRefusal }[])(
  "towards a peer over $over of which SRTP is $asked: $guard",
  ({ over, asked, guard }) => expect(said(guardTowards(over, asked))).toBe(guard),
);

test.each([
  { offer: "none", over: "tls", asked: "offered", guard: "offered" },
  { offer: "none", over: "tls", asked: "required", guard: "keys-wanted" },
  { offer: "offered", over: "tls", asked: "required", guard: "required" },
  { offer: "required", over: "tls", asked: "offered", guard: "offered" },
  { offer: "required", over: "tls", asked: "off", guard: "keys-unwanted" },
  // Keys that everybody on the way could read are worth nothing.
  { offer: "required", over: "udp", asked: "offered", guard: "keys-in-clear" },
  { offer: "offered", over: "udp", asked: "offered", guard: "none" },
  { offer: "required", over: "udp", asked: "required", guard: "tls-wanted" },
  { offer: "none", over: "udp", asked: "required", guard: "tls-wanted" },
  { offer: "none", over: "ws", asked: "off", guard: "none" },
  { offer: "none", over: "wss", asked: "required", guard: "keys-wanted" },
  { offer: "webrtc", over: "udp", asked: "off", guard: "webrtc" },
] as const satisfies readonly {
  offer: Guard;
  over: TransportName;
  asked: SrtpPolicy;
  guard: Guard | GuardRefusal;
}[])("an offer of $offer over $over of which SRTP is $asked: $guard", ({ offer, over, asked, guard }) =>
  expect(said(guardOf(offerBy(offer), over, asked))).toBe(guard),
);

test("an offer whose keys are all of suites that we do not have is told so", () => {
  const offer = offerBy("required");
  const media = offer.media.map((each) => ({
    ...each,
    attributes: [{ name: "crypto", value: `1 F8_128_HMAC_SHA1_80 inline:${"A".repeat(40)}` }],
  }));
  expect(said(guardOf({ ...offer, media }, "tls", "offered"))).toBe("keys-unusable");
});

test.each([
  { asked: "required", guard: "required" },
  { asked: "offered", guard: "offered" },
  { asked: "off", guard: "none" },
] as const)(
  "a phone that offers its sound twice, in plain and by keys, will do where SRTP is $asked",
  ({ asked, guard }) => {
    const [plain, protectedSound] = [offerBy("none"), offerBy("required")];
    const both = { ...plain, media: [...plain.media, ...protectedSound.media] };
    const turned = { ...both, media: both.media.toReversed() };
    expect([both, turned].map((offer) => said(guardOf(offer, "tls", asked)))).toEqual([guard, guard]);
  },
);

test("a caller without an offer gets what we would offer", () => {
  expect(said(guardOf(undefined, "wss", "offered"))).toBe("webrtc");
  expect(said(guardOf(undefined, "udp", "offered"))).toBe("none");
  expect(said(guardOf(undefined, "udp", "required"))).toBe("tls-wanted");
});

test("keys are new for each leg, and one for each suite", () => {
  const [first, second] = [localProtection("offered", place, random), localProtection("offered", place, random)];
  if (first?.kind !== "sdes" || second?.kind !== "sdes") throw new Error("no keys");
  expect(new Set([...first.keys, ...second.keys].map(({ keyAndSalt }) => String(keyAndSalt))).size).toBe(10);
});

test("behind a router a browser is told the public address first, and the local one too", () => {
  const own = localProtection("webrtc", { media: browser, told: "203.0.113.5" }, random);
  if (own?.kind !== "webrtc") throw new Error("no browser's");
  expect(own.candidates.map((text) => text.split(" ")[4])).toEqual(["203.0.113.5", "10.0.0.1"]);
  expect(Number(own.candidates[0]?.split(" ")[3])).toBeGreaterThan(Number(own.candidates[1]?.split(" ")[3]));
});

describe("a session", () => {
  const session = (guard: Guard): Session =>
    new Session("42", { address: "10.0.0.1", port: 4000 }, localProtection(guard, place, random));

  test.each(["offered", "webrtc"] as const)("that was protected by %s is never laid bare", (guard) => {
    const one = session(guard);
    expect(one.answer(offerBy(guard), [PCMA]).ok).toBe(true);
    const bare = one.answer(offerBy("none"), [PCMA]);
    expect(bare.ok ? undefined : bare.error.code).toBe("not-protected");
    expect(one.agreed?.protection).toBeDefined();
  });

  test("insists once, and only where there is something to insist on", () => {
    const one = session("offered");
    expect([one.insist(), one.insist()]).toEqual([true, false]);
    expect(one.offer([PCMA])).toContain("RTP/SAVP");
    expect([session("none").insist(), session("webrtc").insist(), session("required").insist()]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("offers keys in the way that the peer has used", () => {
    const [insists, may] = [session("offered"), session("offered")];
    insists.answer(offerBy("required"), [PCMA]);
    may.answer(offerBy("offered"), [PCMA]);
    expect(insists.reoffer([PCMA])).toContain("RTP/SAVP");
    expect(may.reoffer([PCMA])).toContain("RTP/AVP");
  });

  test("knows a peer that begins its ICE anew, and answers it by new credentials", () => {
    const one = session("webrtc");
    const again = (name: string): SessionDescription => {
      const ice = { usernameFragment: name, password: "a/password/of/theirs/123" };
      const { webRtc } = browser;
      if (webRtc === undefined) throw new Error("no browser's");
      const media = { ...browser, webRtc: { ...webRtc, ice } };
      const protection = localProtection("webrtc", { ...place, media }, random);
      return buildOffer({ sessionId: "1", version: 2 }, { endpoint, codecs: [PCMA], protection });
    };
    one.answer(again("first"), [PCMA]);
    expect([one.restartBy(again("first")), one.restartBy(again("second"))]).toEqual([
      undefined,
      expect.objectContaining({ usernameFragment: "second" }),
    ]);
    one.renewIce({ usernameFragment: "fresh", password: "a/fresh/password/of/ours" });
    const answer = one.answer(again("second"), [PCMA]);
    expect(answer.ok && answer.value.text).toContain("a=ice-ufrag:fresh");
    expect(one.side).toEqual({
      ice: { usernameFragment: "fresh", password: "a/fresh/password/of/ours" },
      isOfferer: false,
    });
  });

  test("tells the sound engine who steers, and what the peer has shown", () => {
    const one = session("webrtc");
    one.answer(offerBy("webrtc"), [PCMA]);
    expect(protectionOf(one.agreed?.protection, one.side)).toMatchObject({
      kind: "webrtc",
      isControlling: false,
      dtlsRole: "server",
      localIce: browser.webRtc?.ice,
      candidates: browser.webRtc?.candidates,
      fingerprints: [browser.webRtc?.fingerprint],
    });
  });
});
