import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { dominantFrequency, SAMPLE_RATE_HZ, soundLevelDbm0, toneLevelDbm0, toneShare } from "@cordboard/sound";
import type { Conditions, PhoneError, Within } from "../conditions.ts";

/** What a tone must be like to count as heard. */
export interface ToneWanted extends Within {
  /** Without a break for so long, in milliseconds; 300 unless said otherwise, rounded up to 100. */
  readonly forMs?: Millis;
  /** Its lowest level; -35 unless said otherwise. */
  readonly minLevelDbm0?: number;
  /**
   * How much louder than all other sound together it must be, in decibels; 10 unless said otherwise. In a mix, where
   * others are as loud, it is negative: two of them need -3, three -6.
   */
  readonly minDominanceDb?: number;
}

/** A tone as it was heard, over the time that was asked for. */
export interface HeardTone {
  readonly frequencyHz: number;
  /** Its lowest level in that time. */
  readonly levelDbm0: number;
  /** By how much it was louder than all other sound together, at the least; Infinity when there was nothing else. */
  readonly dominanceDb: number;
  readonly forMs: Millis;
}

/** What silence must be like. */
export interface SilenceWanted extends Within {
  /** For so long, in milliseconds; 300 unless said otherwise. */
  readonly forMs?: Millis;
  /** What is louder breaks it; -50 unless said otherwise. */
  readonly aboveDbm0?: number;
}

/** A hundred milliseconds: frequencies 20 Hz apart can be told from each other. */
const BLOCK_SAMPLES = SAMPLE_RATE_HZ / 10;
const BLOCK_MS = 100;

/** What may have been heard in place of a tone, for the message of a wait in vain. */
const nameable: readonly number[] = Array.from({ length: 371 }, (_, i) => 200 + 10 * i);

/** Listens for one tone in sound that comes bit by bit. */
export class ToneEar {
  readonly #frequencyHz: number;
  readonly #minLevelDbm0: number;
  readonly #minDominanceDb: number;
  readonly #blocksWanted: number;
  readonly #block = new Int16Array(BLOCK_SAMPLES);
  #filled = 0;
  #streak: { readonly levelDbm0: number; readonly dominanceDb: number }[] = [];
  #hasHeard = false;

  constructor(frequencyHz: number, wanted: ToneWanted = {}) {
    this.#frequencyHz = frequencyHz;
    this.#minLevelDbm0 = wanted.minLevelDbm0 ?? -35;
    this.#minDominanceDb = wanted.minDominanceDb ?? 10;
    this.#blocksWanted = Math.max(1, Math.ceil((wanted.forMs ?? 300) / BLOCK_MS));
  }

  /** The tone, once it was heard for long enough. */
  get heard(): HeardTone | undefined {
    if (this.#streak.length < this.#blocksWanted) return undefined;
    return {
      frequencyHz: this.#frequencyHz,
      levelDbm0: Math.min(...this.#streak.map(({ levelDbm0 }) => levelDbm0)),
      dominanceDb: Math.min(...this.#streak.map(({ dominanceDb }) => dominanceDb)),
      forMs: ms(this.#streak.length * BLOCK_MS),
    };
  }

  /** What was heard last, in words, for the message of a wait in vain. */
  get impression(): string {
    if (!this.#hasHeard) return "no sound came";
    const loudest = dominantFrequency(this.#block, nameable);
    const instead = loudest === undefined ? "" : `, most of it near ${loudest} Hz`;
    return `at last there was sound of ${soundLevelDbm0(this.#block).toFixed(1)} dBm0${instead}`;
  }

  /** Takes the next samples (8 kHz). */
  hear(samples: Int16Array): void {
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + BLOCK_SAMPLES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === BLOCK_SAMPLES) this.#judge();
    }
  }

  #judge(): void {
    this.#filled = 0;
    if (this.heard !== undefined) return;
    this.#hasHeard = true;
    const levelDbm0 = toneLevelDbm0(this.#block, this.#frequencyHz);
    const share = toneShare(this.#block, this.#frequencyHz);
    const dominanceDb = 10 * Math.log10(share / (1 - share));
    const isHeard = levelDbm0 >= this.#minLevelDbm0 && dominanceDb >= this.#minDominanceDb;
    this.#streak = isHeard ? [...this.#streak, { levelDbm0, dominanceDb }] : [];
  }
}

/** Where an ear gets its sound from, and who is told when it has heard what it listened for. */
export interface EarPlace {
  readonly clock: Clock;
  readonly conditions: Conditions;
  /** Calls back with all samples as they come; what is returned stops it. */
  listen(hear: (samples: Int16Array) => void): () => void;
  /** An error once nothing more will be heard. */
  deaf(): PhoneError | undefined;
}

/** Waits for a tone. */
export function hearTone(place: EarPlace, frequencyHz: number, wanted: ToneWanted = {}): Promise<HeardTone> {
  const ear = new ToneEar(frequencyHz, wanted);
  const stop = place.listen((samples) => {
    ear.hear(samples);
    if (ear.heard !== undefined) place.conditions.changed();
  });
  const what = (): string => `a tone of ${frequencyHz} Hz (${ear.impression})`;
  return place.conditions.until(what, () => ear.heard ?? place.deaf(), wanted.within).finally(stop);
}

/** Waits for silence, which is also when no packet comes at all. */
export function hearSilence(place: EarPlace, wanted: SilenceWanted = {}): Promise<void> {
  const { clock, conditions } = place;
  const { forMs = ms(300), aboveDbm0 = -50 } = wanted;
  let quietSince = clock.monotonic();
  let loudest = Number.NEGATIVE_INFINITY;
  const stop = place.listen((samples) => {
    loudest = soundLevelDbm0(samples);
    if (loudest > aboveDbm0) quietSince = clock.monotonic();
  });
  const rest = (): number => Math.ceil(quietSince + forMs - clock.monotonic());
  let timer: Timer;
  const arm = (): void => {
    timer = clock.after(ms(rest()), () => {
      if (rest() > 0) arm();
      else conditions.changed();
    });
  };
  arm();
  const what = (): string => `silence (the last packet was at ${loudest.toFixed(1)} dBm0)`;
  return conditions
    .until(what, () => (rest() <= 0 ? true : place.deaf()), wanted.within)
    .then(() => undefined)
    .finally(() => {
      timer.cancel();
      stop();
    });
}
