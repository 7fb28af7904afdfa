import { ms } from "@cordboard/kernel";
import { isToneHeard, toneLevelDbm0, toneTime } from "@cordboard/sound";
import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, action, B, C, hearsAll } from "./scene.ts";

/** Nothing but one tone. */
const PURE = { minShare: 0.9 };

/** What recordings sound like. */
export function recordedSound(scene: SoundScene): void {
  test("of a bridged leg, what it says is on the left and what it hears on the right, up to the last moment", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
    const order = scene.recordOrder("1");
    scene.engine.record(A, order);
    await scene.recordBegun(order);
    await a.resting(ms(1500));
    scene.engine.stopRecording(A, order.recording);
    const { lasted, why } = await scene.recordDone(order);
    const [said, heard] = await scene.tracksOf(order);
    if (said === undefined || heard === undefined) throw new Error("not two tracks");
    expect(why).toBe("stopped");
    expect(said.length).toBe(lasted * 8);
    expect(lasted).toBeGreaterThan(1400);
    expect(toneTime(said.subarray(1600), 440, PURE)).toBeGreaterThan(0.7);
    expect(toneTime(heard.subarray(1600), 620, PURE)).toBeGreaterThan(0.7);
    expect([toneTime(said, 620), toneTime(heard, 440)]).toEqual([0, 0]);
    await Promise.all([a.heard(620), b.heard(440)]);
  });

  test("of a member of a room, what it hears is the room", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    await scene.talking(B, { frequencyHz: 620 }, A);
    await scene.talking(C, { frequencyHz: 880 }, A);
    for (const leg of [A, B, C]) scene.engine.mix(leg, "room", "all");
    const order = scene.recordOrder("1");
    scene.engine.record(A, order);
    await hearsAll(a, [620, 880], [440]);
    await a.resting(ms(1000));
    await scene.engine.close(A);
    expect(await scene.recordDone(order)).toMatchObject({ why: "leg-ended" });
    const [said, heard] = (await scene.tracksOf(order)).map((track) => track.subarray(-8000));
    if (said === undefined || heard === undefined) throw new Error("not two tracks");
    expect(toneTime(said, 440, PURE)).toBeGreaterThan(0.7);
    for (const hz of [620, 880]) expect(toneTime(heard, hz, { minShare: 0.3 })).toBeGreaterThan(0.6);
    expect(toneTime(heard, 440, { minShare: 0.2 })).toBeLessThan(0.1);
  });

  test("goes on through bridge, room and hold, aligned in time", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    const order = scene.recordOrder("1");
    scene.engine.record(A, order);
    scene.engine.play(A, { kind: "file", path: await scene.toneFile(900, 1000), loop: false }, action("1"));
    await scene.fact(({ type }) => type === "play-done");
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
    scene.engine.unbridge(A);
    await a.resting(ms(800));
    scene.engine.mix(A, "room", "all");
    scene.engine.mix(B, "room", "all");
    await a.resting(ms(1000));
    scene.engine.stopRecording(A, order.recording);
    await scene.recordDone(order);
    const [said, heard] = await scene.tracksOf(order);
    if (said === undefined || heard === undefined) throw new Error("not two tracks");
    expect(said.length).toBe(heard.length);
    expect(toneTime(said.subarray(2000), 440, PURE)).toBeGreaterThan(0.7);
    const at = (hz: number): number[] =>
      Array.from({ length: Math.floor(heard.length / 800) }, (_, i) => i).filter((i) =>
        isToneHeard(heard.subarray(800 * i, 800 * (i + 1)), hz, PURE),
      );
    const [played, bridged] = [at(900), at(620)];
    expect(played.length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...played)).toBeLessThan(Math.min(...bridged));
    // Between the bridge and the room it heard nothing for 800 ms.
    const gaps = bridged.slice(1).map((i, n) => i - (bridged[n] ?? i));
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(7);
    expect(toneTime(heard.subarray(-4400), 620, PURE)).toBeGreaterThan(0.5);
  });
}

/** How recordings begin and end. */
export function recordedEnds(scene: SoundScene): void {
  test("a notice is heard by the leg and by whom it talks with, over the talk", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const [b] = await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await Promise.all([a.heard(620), b.heard(440)]);
    const order = scene.recordOrder("1", { hasNotice: true });
    scene.engine.record(A, order);
    await Promise.all(
      [a, b].map((peer) => peer.until(() => toneLevelDbm0(peer.lastSamples(1600), 1400) > -20, "a notice")),
    );
    await Promise.all([a.heard(620), b.heard(440)]);
    await scene.engine.close(A);
    const [said, heard] = await scene.tracksOf(order);
    if (said === undefined || heard === undefined) throw new Error("not two tracks");
    expect(toneLevelDbm0(heard.subarray(800, 2800), 1400)).toBeGreaterThan(-24);
    expect(toneLevelDbm0(said.subarray(800, 2800), 1400)).toBeLessThan(-50);
  });

  test("of one track has what the leg says alone, ends by itself, and can be played", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const order = scene.recordOrder("1", { tracks: "leg", atMost: ms(1000) });
    scene.engine.play(A, { kind: "music" }, action("1"));
    scene.engine.record(A, order);
    expect(await scene.recordDone(order)).toMatchObject({ why: "limit", lasted: 1000 });
    const tracks = await scene.tracksOf(order);
    expect(tracks.map((track) => track.length)).toEqual([8000]);
    expect(toneTime(tracks[0]?.subarray(2000) ?? new Int16Array(0), 440, PURE)).toBeGreaterThan(0.7);
    scene.engine.play(A, { kind: "file", path: order.path, loop: true }, action("2"));
    await a.heard(440);
  });

  test("ends when the leg says nothing any more", async () => {
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    const order = scene.recordOrder("1", { tracks: "leg", untilSilence: ms(500) });
    scene.engine.record(A, order);
    await a.resting(ms(1000));
    expect(scene.facts).toEqual([]);
    a.pause();
    expect(await scene.recordDone(order)).toMatchObject({ why: "silence" });
  });
}
