import type { Codec } from "@cordboard/core";
import type { RecordingId, TenantId } from "@cordboard/kernel";
import { isToneHeard, soundLevelDbm0 } from "@cordboard/sound";
import { expect, test } from "vitest";
import type { SoundScene } from "./scene.ts";
import { A, action, B, leg, quietSoon } from "./scene.ts";

/** What attendants say, and their silence. */
export function speaking(scene: SoundScene): void {
  test("words are heard one after the other without a pause, what has no sound is left out, and there is one end", async () => {
    const [a] = await scene.talking(A);
    await scene.toneFile(700, 300, "beep-it");
    await scene.toneFile(900, 300, "goodbye-it");
    const words = (["beep", "deleted", "goodbye"] as const).map((prompt) => ({ prompt }));
    const tenant = "ten_1" as TenantId;
    const recording = { recording: "rec_none" as RecordingId };
    scene.engine.play(A, { kind: "spoken", tenant, language: "it", words: [...words, recording] }, action("1"));
    expect(await scene.fact(({ type }) => type === "play-done")).toMatchObject({ leg: A, action: action("1") });
    await a.until(() => a.packets.length === 30, "both words");
    const heard = a.lastSamples(4800);
    expect(isToneHeard(heard.subarray(0, 2400), 700, { minShare: 0.9 })).toBe(true);
    expect(isToneHeard(heard.subarray(2400), 900, { minShare: 0.9 })).toBe(true);
    expect(scene.facts.filter(({ type }) => type === "play-done")).toHaveLength(1);
  });

  test("words that have no sound at all end at once", async () => {
    await scene.talking(A);
    const tenant = "ten_1" as TenantId;
    scene.engine.play(A, { kind: "spoken", tenant, language: "xx", words: [{ prompt: "beep" }] }, action("1"));
    expect(await scene.fact(({ type }) => type === "play-done")).toMatchObject({ action: action("1") });
    scene.engine.play(A, { kind: "spoken", tenant, language: "xx", words: [] }, action("2"));
    await scene.fact((fact) => fact.type === "play-done" && fact.action === action("2"));
  });

  test("silence is in place of whom the leg is joined with, whatever its codec, until it is stopped", async () => {
    const opus: Codec = { payload: 111, name: "OPUS", clockRateHz: 48_000, channels: 2 };
    const [a] = await scene.talking(A, { frequencyHz: 440 });
    await scene.talking(B, { frequencyHz: 620 }, A);
    scene.engine.bridge(A, B);
    await a.heard(620);
    scene.engine.play(A, { kind: "silence" }, action("1"));
    await a.until(() => soundLevelDbm0(a.lastSamples(4000)) < -60, "silence");
    scene.engine.stop(A);
    await a.heard(620);
    const [c] = await scene.talking(leg("D"), { codec: opus });
    await scene.talking(leg("E"), { codec: opus }, leg("D"));
    scene.engine.bridge(leg("D"), leg("E"));
    await c.until(() => c.packets.length > 10, "opus packets");
    scene.engine.play(leg("D"), { kind: "silence" }, action("2"));
    expect(await quietSoon(c)).toBe(true);
    const count = c.packets.length;
    scene.engine.stop(leg("D"));
    await c.until(() => c.packets.length > count + 10, "opus packets");
    expect(scene.facts.filter(({ type }) => type === "play-done")).toEqual([]);
  });
}
