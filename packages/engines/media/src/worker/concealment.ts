import { SAMPLE_RATE_HZ } from "@cordboard/sound";

/** Stands for a sample that did not come. No G.711 code means this value. */
export const ABSENT = -32_768;

const MS = SAMPLE_RATE_HZ / 1000;
/** What is repeated: the last 20 ms that were heard. */
const REPEATED = 20 * MS;
/** So long a repetition is as loud as what it repeats; a lost packet is hardly heard then. */
const LOUD = 10 * MS;
/** After this it is silent: what is repeated for longer sounds like a machine. */
const SILENT_AFTER = 60 * MS;

/** Puts something in the place of samples that did not come: the last 20 ms again, fading out within 60 ms. */
export class Concealment {
  /** The last samples that were heard, in a circle. */
  readonly #heard = new Int16Array(REPEATED);
  #at = 0;
  /** How many samples have been missing since. */
  #missing = SILENT_AFTER;

  /** Replaces every {@link ABSENT} sample of the next stretch, and remembers the others; false when all of it is silence of ours. */
  mend(samples: Int16Array): boolean {
    let isSound = false;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] ?? 0;
      if (sample === ABSENT) {
        isSound ||= this.#missing < SILENT_AFTER;
        samples[i] = this.#invent();
        continue;
      }
      isSound = true;
      this.#missing = 0;
      this.#heard[this.#at] = sample;
      this.#at = this.#at + 1 === REPEATED ? 0 : this.#at + 1;
    }
    return isSound;
  }

  #invent(): number {
    const missing = this.#missing;
    if (missing >= SILENT_AFTER) return 0;
    this.#missing++;
    const loudness = Math.min(1, (SILENT_AFTER - missing) / (SILENT_AFTER - LOUD));
    return Math.round((this.#heard[(this.#at + missing) % REPEATED] ?? 0) * loudness);
  }
}
