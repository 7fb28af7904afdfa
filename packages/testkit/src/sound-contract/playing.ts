import { join } from "node:path";
import { ms } from "@cordboard/kernel";
import { sequenceDistance, timestampDistance } from "@cordboard/rtp";
import { soundLevelDbm0 } from "@cordboard/sound";
import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, action, pairsOf } from "./scene.ts";

/** Sound that the engine brings. */
export function playing(scene: SoundScene): void {
  test("a tone is heard as long as it is played", async () => {
    const [a] = await scene.talking(A);
    scene.engine.play(A, { kind: "tone", tone: "ringback" }, action("1"));
    await a.heard(425, ms(800));
    scene.engine.play(A, { kind: "tone", tone: "congestion" }, action("2"));
    await a.heard(425, ms(100));
  });

  test("played sound comes every 20 ms in the mean, one timestamp step a packet", async () => {
    const [a] = await scene.talking(A);
    scene.engine.play(A, { kind: "tone", tone: "ringback" }, action("1"));
    await a.until(() => a.packets.length >= 50, "a second of packets");
    for (const [before, after] of pairsOf(a.packets)) {
      expect(sequenceDistance(before.sequence, after.sequence)).toBe(1);
      expect(timestampDistance(before.timestamp, after.timestamp)).toBe(160);
    }
    expect(a.packets.map(({ marker }) => marker)).toEqual([true, ...Array(a.packets.length - 1).fill(false)]);
  });

  test("music on hold is heard, quietly", async () => {
    const [a] = await scene.talking(A);
    scene.engine.play(A, { kind: "music" }, action("1"));
    await a.until(() => a.lastSamples(8000).length === 8000, "a second of music");
    expect(soundLevelDbm0(a.lastSamples(8000))).toBeGreaterThan(-30);
    expect(soundLevelDbm0(a.lastSamples(8000))).toBeLessThan(-8);
  });

  test("a file is heard once, and its end is told", async () => {
    const [a] = await scene.talking(A);
    scene.engine.play(A, { kind: "file", path: await scene.toneFile(700, 600), loop: false }, action("file"));
    await a.heard(700);
    expect(await scene.fact(({ type }) => type === "play-done")).toEqual({
      type: "play-done",
      leg: A,
      action: action("file"),
    });
    expect(a.packets.length).toBe(30);
  });

  test("a file in a loop is heard for longer than it lasts, and has no end", async () => {
    const [a] = await scene.talking(A);
    scene.engine.play(A, { kind: "file", path: await scene.toneFile(700, 330), loop: true }, action("file"));
    await a.heard(700, ms(1000));
    expect(scene.facts.filter(({ type }) => type === "play-done")).toEqual([]);
    scene.engine.stop(A);
  });

  test("a file that cannot be played ends at once", async () => {
    await scene.talking(A);
    scene.engine.play(A, { kind: "file", path: join(scene.folder, "none.wav"), loop: true }, action("none"));
    expect(await scene.fact(({ type }) => type === "play-done")).toMatchObject({ leg: A, action: action("none") });
  });

  test("a sound that was ordered before the leg is connected is heard once it is", async () => {
    const peer = await scene.peer();
    await scene.opened(A);
    scene.engine.play(A, { kind: "tone", tone: "ringback" }, action("1"));
    scene.engine.connect(A, peer.agreed());
    await peer.heard(425);
  });
}
