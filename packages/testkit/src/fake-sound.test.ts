import type { ActionId, LegId, RecordingId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { fakeSound } from "./fake-sound.ts";
import { manualClock } from "./manual-clock.ts";
import { soundEngineOrders } from "./sound-engine-contract.ts";

soundEngineOrders("fake engine", async ({ pairs }) => {
  const clock = manualClock();
  const engine = fakeSound({ pairs, clock });
  return {
    engine,
    drained: async () => clock.advance(ms(5000)),
    stop: () => engine.stopAll(),
  };
});

const [a, b] = ["leg_a" as LegId, "leg_b" as LegId];

test("the fake knows whom a leg hears", async () => {
  const sound = fakeSound();
  await sound.open(a, { address: "127.0.0.1" });
  await sound.open(b, { address: "127.0.0.1", near: a });
  sound.bridge(a, b);
  expect(sound.hearing(a)).toBe(b);
  sound.play(a, { kind: "music" }, "act_1" as ActionId);
  expect(sound.hearing(a)).toEqual({ kind: "music" });
  sound.stop(a);
  await sound.close(b);
  expect(sound.hearing(a)).toBeUndefined();
  expect(sound.orders.map(({ type }) => type)).toEqual(["open", "open", "bridge", "play", "stop", "close"]);
});

test("the fake says what a test wants to hear, and a lost leg is gone", async () => {
  const sound = fakeSound();
  const facts: unknown[] = [];
  sound.onFact((fact) => facts.push(fact));
  await sound.open(a, { address: "127.0.0.1" });
  sound.raise({ type: "digit", leg: a, digit: "5", lasted: ms(80) });
  sound.raise({ type: "lost", leg: a, why: "test" });
  expect(facts).toHaveLength(2);
  expect(sound.describe().legs).toBe(0);
});

test("the fake knows who takes part in a room, and what is recorded", async () => {
  const sound = fakeSound();
  const facts: unknown[] = [];
  sound.onFact((fact) => facts.push(fact));
  await sound.open(a, { address: "127.0.0.1" });
  await sound.open(b, { address: "127.0.0.1", near: a });
  sound.mix(a, "room", "all");
  sound.mix(a, "room", b);
  expect(sound.seat(a)).toEqual({ room: "room", speaksTo: b });
  sound.bridge(a, b);
  expect([sound.seat(a), sound.hearing(a)]).toEqual([undefined, b]);
  sound.mix(b, "room", "nobody");
  expect(sound.hearing(a)).toBeUndefined();
  sound.unbridge(b);
  expect(sound.seat(b)).toBeUndefined();
  const recording = "rec_1" as RecordingId;
  const order = { recording, path: "1.wav", tracks: "leg", untilSilence: null, hasNotice: false } as const;
  sound.record(a, { ...order, atMost: ms(1000) });
  expect(sound.recording(a)?.path).toBe("1.wav");
  sound.raise({ type: "record-done", leg: a, recording, lasted: ms(1000), why: "limit" });
  expect(sound.recording(a)).toBeUndefined();
  await sound.close(a);
  expect(facts).toHaveLength(1);
});

test("the fake refuses when it is told to", async () => {
  const sound = fakeSound();
  sound.refuse({ code: "sound-engine-away" });
  expect(await sound.open(a, { address: "127.0.0.1" })).toEqual({ ok: false, error: { code: "sound-engine-away" } });
});
