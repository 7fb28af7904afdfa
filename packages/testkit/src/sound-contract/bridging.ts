import type { Codec } from "@cordboard/core";
import type { RtpPacket } from "@cordboard/rtp";
import { expect, test } from "vitest";
import { pcma } from "../rtp-peer.ts";
import type { SoundScene } from "./scene.ts";
import { A, B, C, quietSoon } from "./scene.ts";

/** Legs that hear each other. */
export function bridging(scene: SoundScene): void {
  test("bridged legs hear each other, whatever number each has for the codec", async () => {
    const odd: Codec = { ...pcma, payload: 97 };
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620, codec: odd }, A);
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
    expect(b.packets.every(({ payload }) => payload === 97)).toBe(true);
  });

  test("a codec that the engine does not know passes unchanged", async () => {
    const opus = (payload: number): Codec => ({ payload, name: "OPUS", clockRateHz: 48_000, channels: 2 });
    const [a] = await scene.talking(A, { codec: opus(111) });
    const [b] = await scene.talking(B, { codec: opus(96) }, A);
    scene.engine.bridge(A, B);
    const arrived = (): readonly RtpPacket[] =>
      b.packets.filter(({ payload, body }) => payload === 96 && body.length === 80);
    await b.until(() => arrived().length > 20, "opus packets");
    await a.until(() => a.packets.length > 20, "opus packets");
  });

  test("legs that are parted hear nothing of each other", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    const [c] = await scene.talking(C, { frequencyHz: 880 }, A);
    scene.engine.bridge(A, B);
    await a.heard(620);
    scene.engine.unbridge(A);
    scene.engine.bridge(B, C);
    await b.heard(880);
    await c.heard(620);
    const count = a.packets.length;
    await b.until(() => b.packets.length > 40, "more packets");
    expect(a.packets.length).toBe(count);
  });

  test("a peer on hold is sent nothing, and heard again after it", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
    scene.engine.connect(A, a.agreed({ direction: "inactive" }));
    const isQuiet = await quietSoon(a, b);
    expect(isQuiet).toBe(true);
    scene.engine.connect(A, a.agreed());
    await Promise.all([a.heard(620), b.heard(440)]);
  });

  test("the figures of a leg count what went by", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await b.until(() => b.packets.length >= 50, "a second of packets");
    a.pause();
    const quality = await scene.engine.close(A);
    expect(quality).toMatchObject({ codec: "PCMA", packetsLost: 0, packetsForeign: 0 });
    expect(quality?.packetsReceived).toBeGreaterThanOrEqual(50);
    expect(quality?.packetsSent).toBeGreaterThanOrEqual(40);
    if (scene.traits.measuresBridges) expect(quality?.mos).toBeGreaterThan(4);
    else expect(quality?.mos).toBeUndefined();
  });
}
