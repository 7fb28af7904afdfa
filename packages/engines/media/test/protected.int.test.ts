import { createSocket } from "node:dgram";
import type { IceCredentials, LocalMedia, MediaProtection, NegotiatedMedia, SrtpKeys } from "@cordboard/core";
import { parseStun, printStun } from "@cordboard/ice";
import { ms, randomOf } from "@cordboard/kernel";
import { masterKeyOf, printPlainRtp, SrtpStream, srtpProfileNamed, srtpProfiles } from "@cordboard/rtp";
import { nodeSrtpCrypto } from "@cordboard/rtp/node";
import { isToneHeard } from "@cordboard/sound";
import type { RtpPeer } from "@cordboard/testkit";
import { anyIce, browserTerms, pcma } from "@cordboard/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { leg, TestEngine } from "./engine.ts";

const random = randomOf(globalThis);
/** The leg towards the other side's protection, and the plain one that it is joined with. */
const [SHIELDED, PLAIN] = [leg("shielded"), leg("plain")];
const NEAR_HZ = 440;
const FAR_HZ = 620;

type WebRtc = Extract<MediaProtection, { kind: "webrtc" }>;

const plainMedia = (local: LocalMedia, protection: MediaProtection): NegotiatedMedia => ({
  remote: { address: local.address, port: local.port, rtcpPort: local.port },
  codecs: [pcma],
  digitsPayload: 101,
  direction: "sendrecv",
  protection,
});

/** The transaction of a question to a STUN server. */
const printedTransaction = (question: Uint8Array): { readonly transaction: Uint8Array } => {
  const parsed = parseStun(question);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
/** A server's answer that it comes from 203.0.113.9:54321, hidden as RFC 8489 §14.2 wants it. */
const reflected = (transaction: Uint8Array): Uint8Array => {
  const value = Uint8Array.of(0, 1, 0xd4 ^ 0x21, 0x31 ^ 0x12, 203 ^ 0x21, 0 ^ 0x12, 113 ^ 0xa4, 9 ^ 0x42);
  return printStun({ class: "success", transaction, attributes: [{ type: 0x0020, value }] });
};

describe("a browser's leg", () => {
  let near: TestEngine;
  let far: TestEngine;
  beforeEach(async () => {
    [near, far] = await Promise.all([TestEngine.start({ workers: 2 }), TestEngine.start()]);
  });
  afterEach(async () => {
    await Promise.all([near.end(), far.end()]);
  });

  const opened = async (scene: TestEngine): Promise<LocalMedia> => {
    const local = await scene.engine.open(SHIELDED, { address: "127.0.0.1", isWebRtc: true });
    if (!local.ok) throw new Error(local.error.code);
    return local.value;
  };

  /** Two engines as each other's browsers, with a plain peer behind each. */
  const talking = async (change: (of: WebRtc) => WebRtc = (of) => of) => {
    const [atNear, atFar] = await Promise.all([opened(near), opened(far)]);
    near.engine.connect(SHIELDED, plainMedia(atFar, change(browserTerms(atNear, atFar, true))));
    far.engine.connect(SHIELDED, plainMedia(atNear, browserTerms(atFar, atNear, false)));
    const [[ada, toAda], [bruno]] = await Promise.all([
      near.talking(PLAIN, { frequencyHz: NEAR_HZ }),
      far.talking(PLAIN, { frequencyHz: FAR_HZ }),
    ]);
    // The shielded leg goes to the worker of the plain one.
    near.engine.bridge(PLAIN, SHIELDED);
    far.engine.bridge(PLAIN, SHIELDED);
    return { ada, bruno, toAda, atNear, atFar };
  };
  const expectToHearEachOther = (ada: RtpPeer, bruno: RtpPeer): Promise<unknown> =>
    Promise.all([ada.heard(FAR_HZ), bruno.heard(NEAR_HZ)]);

  test("is found by ICE, keyed by DTLS, and heard", async () => {
    const { ada, bruno } = await talking();
    await expectToHearEachOther(ada, bruno);
  });

  test("goes on after a move to another worker in the middle of the talk", async () => {
    const { ada, bruno } = await talking();
    await expectToHearEachOther(ada, bruno);
    const other = leg("other");
    const [third] = await near.talking(other, { frequencyHz: 1000 });
    near.engine.unbridge(SHIELDED);
    near.engine.bridge(other, SHIELDED);
    await Promise.all([third.heard(FAR_HZ), bruno.heard(1000)]);
  });

  test("goes on while ICE begins anew, under the same keys", async () => {
    const { ada, bruno, atNear, atFar } = await talking();
    await expectToHearEachOther(ada, bruno);
    const [localIce, remoteIce] = await Promise.all([
      near.engine.renewIce(SHIELDED, anyIce),
      far.engine.renewIce(SHIELDED, anyIce),
    ]);
    const fresh = (ice: IceCredentials | undefined): IceCredentials => {
      if (ice === undefined) throw new Error("not renewed");
      return ice;
    };
    const [ours, theirs] = [fresh(localIce), fresh(remoteIce)];
    near.engine.connect(
      SHIELDED,
      plainMedia(atFar, { ...browserTerms(atNear, atFar, true), localIce: ours, remoteIce: theirs }),
    );
    far.engine.connect(
      SHIELDED,
      plainMedia(atNear, { ...browserTerms(atFar, atNear, false), localIce: theirs, remoteIce: ours }),
    );
    await expectToHearEachOther(ada, bruno);
  });

  test("is cut off when the peer shows another certificate than was announced", async () => {
    const value = Array(32).fill("AB").join(":");
    const { bruno } = await talking((of) => ({ ...of, fingerprints: [{ hash: "sha-256", value }] }));
    const { trouble, why } = await near.fact("cut-off", SHIELDED);
    expect([trouble, why]).toEqual(["no-keys", "the certificate is not the one that was announced"]);
    expect(bruno.packets).toEqual([]);
  });

  test("is cut off when no way leads to it, and leaves nothing when it is closed", async () => {
    await near.end();
    near = await TestEngine.start({ timings: { pathWithin: ms(300) } });
    const [atNear, atFar] = await Promise.all([opened(near), opened(far)]);
    near.engine.connect(SHIELDED, plainMedia(atFar, { ...browserTerms(atNear, atFar, true), candidates: [] }));
    expect(await near.fact("cut-off", SHIELDED)).toMatchObject({ trouble: "no-path" });
    expect(near.engine.describe().legs).toBe(1);
    await near.engine.close(SHIELDED);
    expect(near.engine.describe()).toMatchObject({ legs: 0, portsInUse: 0 });
  });

  test("hears nothing that is not under its keys, wherever it comes from", async () => {
    const { ada, bruno, atNear } = await talking();
    await expectToHearEachOther(ada, bruno);
    const stranger = await near.peer({ frequencyHz: 1500 });
    stranger.sendTo(atNear);
    const from = ada.packets.length;
    await ada.until(() => ada.packets.length > from + 50, "a second of packets");
    await ada.heard(FAR_HZ);
    expect(stranger.packets).toEqual([]);
    const quality = await near.engine.close(SHIELDED);
    expect(quality?.packetsForeign).toBeGreaterThan(20);
  });

  test("is told what it looks like from outside, where somebody can be asked", async () => {
    const server = createSocket("udp4");
    await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
    server.on("message", (question, from) => {
      const { transaction } = printedTransaction(question);
      server.send(reflected(transaction), from.port, from.address);
    });
    const { port } = server.address();
    const scene = await TestEngine.start({ stun: async () => ({ address: "127.0.0.1", port }) });
    try {
      const local = await opened(scene);
      expect(local.webRtc?.candidates.map(({ type, address }) => [type, address])).toEqual([
        ["host", "127.0.0.1"],
        ["srflx", "203.0.113.9"],
      ]);
    } finally {
      await scene.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  test("has credentials of its own each time, which other legs have not", async () => {
    await opened(near);
    await near.opened(PLAIN);
    const [first, second] = [
      await near.engine.renewIce(SHIELDED, anyIce),
      await near.engine.renewIce(SHIELDED, anyIce),
    ];
    expect(first?.password).not.toBe(second?.password);
    expect(await near.engine.renewIce(PLAIN, anyIce)).toBeUndefined();
    expect(await near.engine.renewIce(leg("unknown"), anyIce)).toBeUndefined();
  });
});

describe.each(srtpProfiles.map(({ name }) => name))("a leg with keys from the description, by %s", (suite) => {
  const profile = srtpProfileNamed(suite);
  if (profile === undefined) throw new Error("no such profile");
  const newKeys = (): SrtpKeys => ({ suite, keyAndSalt: random.bytes(profile.keyBytes + profile.saltBytes) });
  let scene: TestEngine;
  beforeEach(async () => {
    scene = await TestEngine.start();
  });
  afterEach(() => scene.end());

  /** What the peer protects with a key. */
  const streamOf = ({ keyAndSalt }: SrtpKeys): SrtpStream => {
    const master = masterKeyOf(profile, keyAndSalt);
    if (master === undefined) throw new Error("no key");
    return new SrtpStream(nodeSrtpCrypto, master);
  };
  const packet = (sequence: number): Uint8Array =>
    printPlainRtp(
      { marker: false, payload: 8, sequence, timestamp: 160 * sequence, ssrc: 7 },
      new Uint8Array(160).fill(0x55),
    );

  test("lets through what is genuine, once, and counts the rest", async () => {
    const [send, receive] = [newKeys(), newKeys()];
    const [listener] = await scene.talking(PLAIN);
    const sender = await scene.peer();
    const local = await scene.opened(SHIELDED, "127.0.0.1", PLAIN);
    scene.engine.connect(SHIELDED, { ...sender.agreed(), protection: { kind: "sdes", send, receive } });
    scene.engine.bridge(PLAIN, SHIELDED);
    // By the time that it hears the other peer, it is heard too.
    await sender.until(() => sender.packets.length > 0, "a first packet");
    const theirs = streamOf(receive);
    const wires = Array.from({ length: 20 }, (_, i) => theirs.protect(packet(100 + i)) ?? new Uint8Array(0));
    const forged = streamOf(newKeys());
    let forgedAt = 600;
    for (const wire of wires) {
      sender.sendRaw(wire, local);
      // Again, in the clear, and by somebody else's key: from the right place.
      sender.sendRaw(wire, local);
      sender.sendRaw(packet(500), local);
      sender.sendRaw(forged.protect(packet(forgedAt++)) ?? new Uint8Array(0), local);
    }
    await listener.until(() => listener.packets.length >= wires.length, "all genuine packets");
    const quality = await scene.engine.close(SHIELDED);
    expect(listener.packets.length).toBe(wires.length);
    expect(quality?.packetsReceived).toBe(wires.length);
    expect(quality?.packetsForeign).toBeGreaterThanOrEqual(wires.length);
  });

  test("protects what it sends, so that only the owner of the key can read it", async () => {
    const [send, receive] = [newKeys(), newKeys()];
    const [talker] = await scene.talking(PLAIN, { frequencyHz: NEAR_HZ });
    const peer = await scene.peer();
    await scene.opened(SHIELDED, "127.0.0.1", PLAIN);
    scene.engine.connect(SHIELDED, { ...peer.agreed(), protection: { kind: "sdes", send, receive } });
    scene.engine.bridge(PLAIN, SHIELDED);
    await peer.until(() => peer.packets.length >= 10, "ten protected packets");
    talker.pause();
    const bodies = peer.packets.map(({ body }) => body.length);
    expect(new Set(bodies)).toEqual(new Set([160 + profile.tagBytes]));
    expect(isToneHeard(peer.lastSamples(1_600), NEAR_HZ)).toBe(false);
  });
});
