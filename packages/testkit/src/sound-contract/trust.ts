import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, B } from "./scene.ts";

/** Whose packets are believed. */
export function trust(scene: SoundScene): void {
  test("a stranger on the leg's port is neither heard nor followed", async () => {
    const [a, local] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
    const stranger = await scene.peer({ frequencyHz: 1500 });
    stranger.sendTo(local);
    const from = b.packets.length;
    await b.until(() => b.packets.length > from + 50, "a second of packets");
    await Promise.all([a.heard(620), b.heard(440)]);
    expect(stranger.packets).toEqual([]);
    expect(new Set(b.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    const quality = await scene.engine.close(A);
    expect(quality?.packetsForeign).toBeGreaterThan(20);
  });

  test("a new negotiation moves the leg to another peer", async () => {
    const [a, local] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await b.heard(440);
    a.pause();
    const moved = await scene.peer({ frequencyHz: 1000 });
    scene.engine.connect(A, moved.agreed());
    moved.sendTo(local);
    await Promise.all([moved.heard(620), b.heard(1000)]);
  });
}
