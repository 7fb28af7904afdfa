import { ms } from "@cordboard/kernel";
import { readTone, steadyTone } from "@cordboard/sound";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Conditions } from "../conditions.ts";
import type { EarPlace } from "./hearing.ts";
import { hearSilence, hearTone, ToneEar } from "./hearing.ts";

/** So many milliseconds of some frequencies together. */
function sound(lengthMs: number, levelDbm0: number, ...frequenciesHz: readonly number[]): Int16Array {
  const samples = new Int16Array(8 * lengthMs);
  readTone(steadyTone(levelDbm0, ...frequenciesHz)).read(samples);
  return samples;
}

describe("an ear for one tone", () => {
  test("hears it, with its level and how far it stands out", () => {
    const ear = new ToneEar(440);
    ear.hear(sound(300, -10, 440));
    expect(ear.heard?.levelDbm0).toBeCloseTo(-10, 0);
    expect(ear.heard?.dominanceDb).toBeGreaterThan(30);
    expect(ear.heard?.forMs).toBe(300);
  });

  test.each([
    { name: "another tone", samples: sound(1000, -10, 460) },
    { name: "silence", samples: new Int16Array(8000) },
    { name: "the tone, but too soft", samples: sound(1000, -36, 440) },
    { name: "the tone beside one as loud", samples: sound(1000, -10, 440, 1007) },
    { name: "the tone for too short a time", samples: sound(290, -10, 440) },
  ])("does not take for it $name", ({ samples }) => {
    const ear = new ToneEar(440);
    ear.hear(samples);
    expect(ear.heard).toBeUndefined();
  });

  test("hears each of two tones in a mix when it need not stand out", () => {
    for (const frequency of [440, 1000]) {
      const ear = new ToneEar(frequency, { minDominanceDb: -3 });
      ear.hear(sound(400, -13, 440, 1000));
      expect(ear.heard?.dominanceDb).toBeCloseTo(0, 0);
    }
  });

  test("starts anew after a break", () => {
    const ear = new ToneEar(440);
    ear.hear(sound(200, -10, 440));
    ear.hear(new Int16Array(800));
    ear.hear(sound(200, -10, 440));
    expect(ear.heard).toBeUndefined();
    ear.hear(sound(100, -10, 440));
    expect(ear.heard).toBeDefined();
  });

  test("tells what it heard instead", () => {
    const ear = new ToneEar(440);
    ear.hear(sound(100, -10, 1000));
    expect(ear.impression).toMatch(/sound of -10\.0 dBm0, most of it near 1000 Hz$/);
  });

  test("hears the same however the sound is cut into packets", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1700 }), { minLength: 1, maxLength: 40 }), (cuts) => {
        const all = sound(400, -10, 440);
        const whole = new ToneEar(440);
        whole.hear(all);
        const inBits = new ToneEar(440);
        let at = 0;
        for (const length of cuts) {
          inBits.hear(all.subarray(at, at + length));
          at += length;
        }
        inBits.hear(all.subarray(at));
        expect(inBits.heard).toEqual(whole.heard);
      }),
    );
  });
});

describe("waiting for sound", () => {
  /** A place where `say` is what comes in. */
  function place(): EarPlace & {
    readonly clock: ManualClock;
    say(samples: Int16Array): void;
    readonly listeners: Set<unknown>;
  } {
    const clock = manualClock();
    const listeners = new Set<(samples: Int16Array) => void>();
    return {
      clock,
      conditions: new Conditions(clock),
      listeners,
      listen(hear) {
        listeners.add(hear);
        return () => listeners.delete(hear);
      },
      deaf: () => undefined,
      say(samples) {
        for (const hear of listeners) hear(samples);
      },
    };
  }

  test("resolves with the tone, and listens no longer", async () => {
    const here = place();
    const waiting = hearTone(here, 440);
    here.say(sound(300, -10, 440));
    await expect(waiting).resolves.toMatchObject({ frequencyHz: 440 });
    expect([here.listeners.size, here.clock.pending]).toEqual([0, 0]);
  });

  test("rejects at the deadline with what was heard instead", async () => {
    const here = place();
    const waiting = hearTone(here, 440, { within: ms(1000) });
    here.say(sound(100, -10, 1000));
    here.clock.advance(ms(1000));
    await expect(waiting).rejects.toThrow(/440 Hz \(.*most of it near 1000 Hz\)/);
    expect(here.listeners.size).toBe(0);
  });

  test("silence is also when nothing comes", async () => {
    const here = place();
    const waiting = hearSilence(here, { forMs: ms(300) });
    here.clock.advance(ms(200));
    here.say(sound(20, -20, 440));
    here.clock.advance(ms(299));
    expect(here.conditions.pending).toBe(1);
    here.clock.advance(ms(1));
    await expect(waiting).resolves.toBeUndefined();
    expect([here.listeners.size, here.clock.pending]).toEqual([0, 0]);
  });

  test("silence may hiss, as far as it was allowed to", async () => {
    const here = place();
    const waiting = hearSilence(here, { forMs: ms(300), aboveDbm0: -40 });
    here.clock.advance(ms(150));
    here.say(sound(20, -50, 440));
    here.clock.advance(ms(150));
    await expect(waiting).resolves.toBeUndefined();
  });
});
