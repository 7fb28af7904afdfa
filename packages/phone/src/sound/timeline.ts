import { timestampAfter, timestampDistance } from "@cordboard/rtp";
import { SAMPLE_RATE_HZ } from "@cordboard/sound";

/** A gap of up to this many samples is filled with silence; beyond, the source has started anew. */
const MAX_GAP = 5 * SAMPLE_RATE_HZ;

/** Puts sound at its place in time: gaps become silence, repetitions and what comes too late are left out. */
export class Timeline {
  #expected: number | undefined;

  /** What a listener hears when these samples (8 kHz) of this RTP timestamp arrive; undefined when it is nothing new. */
  place(timestamp: number, samples: Int16Array): Int16Array | undefined {
    const gap = this.#expected === undefined ? 0 : timestampDistance(this.#expected, timestamp);
    if (gap < 0 && gap > -MAX_GAP) return undefined;
    this.#expected = timestampAfter(timestamp, samples.length);
    if (gap <= 0 || gap > MAX_GAP) return samples;
    const filled = new Int16Array(gap + samples.length);
    filled.set(samples, gap);
    return filled;
  }

  /** Forgets what came before: another source speaks. */
  restart(): void {
    this.#expected = undefined;
  }
}
