import { ms } from "@cordboard/kernel";
import { sequenceDistance, timestampDistance } from "@cordboard/rtp";
import { expect, test } from "vitest";
import { pcmu } from "../rtp-peer.ts";
import type { SoundScene } from "./scene.ts";
import { A, action, B, pairsOf } from "./scene.ts";

/** Sound in place of other sound. */
export function soundInPlace(scene: SoundScene): void {
  test("echo gives a peer its own sound, in any codec", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 533, codec: pcmu });
    scene.engine.play(A, { kind: "echo" }, action("1"));
    await a.heard(533);
    const [b] = await scene.talking(B, { codec: { payload: 111, name: "OPUS", clockRateHz: 48_000, channels: 2 } });
    scene.engine.play(B, { kind: "echo" }, action("2"));
    await b.until(() => b.packets.length > 10, "echoed packets");
  });

  test("played sound is in place of a bridge, which is heard again after it", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await a.heard(620);
    scene.engine.play(A, { kind: "file", path: await scene.toneFile(900, 500), loop: false }, action("file"));
    await a.heard(900, ms(300));
    await b.heard(440);
    await a.heard(620);
  });

  test("tone, bridge, file and digits are one stream to the peer: one source, no number left out or used twice", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.play(A, { kind: "tone", tone: "ringback" }, action("1"));
    await a.heard(425, ms(200));
    scene.engine.bridge(A, B);
    await a.heard(620, ms(200));
    scene.engine.sendDigits(A, "7");
    await a.heardDigits("7");
    await a.until(() => a.packets.at(-1)?.payload === a.codec.payload, "sound after the digit");
    scene.engine.play(A, { kind: "file", path: await scene.toneFile(900, 2000), loop: false }, action("2"));
    await a.heard(900, ms(200));
    scene.engine.stop(A);
    await a.heard(620, ms(200));
    if (!scene.traits.makesOneStream) return;
    expect(new Set(a.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    let marks = 0;
    for (const [before, after] of pairsOf(a.packets)) {
      expect(sequenceDistance(before.sequence, after.sequence)).toBe(1);
      expect(timestampDistance(before.timestamp, after.timestamp)).toBeGreaterThanOrEqual(0);
      if (after.marker) marks++;
    }
    expect(marks).toBe(5);
  });
}
