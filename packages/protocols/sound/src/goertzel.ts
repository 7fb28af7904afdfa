import { levelOfMeanSquare, SAMPLE_RATE_HZ } from "./level.ts";

/**
 * Energy of one frequency in 8 kHz samples, as mean square: Goertzel's second-order filter, which costs one
 * multiplication a sample. The longer the samples, the narrower the band (about 8000 / length in Hz).
 */
function meanSquareAt(samples: Int16Array, frequencyHz: number): number {
  if (samples.length === 0) return 0;
  const omega = (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ;
  const coefficient = 2 * Math.cos(omega);
  let [previous, beforeThat] = [0, 0];
  for (const sample of samples) {
    const next = sample + coefficient * previous - beforeThat;
    beforeThat = previous;
    previous = next;
  }
  const power = previous ** 2 + beforeThat ** 2 - coefficient * previous * beforeThat;
  return (2 * Math.max(0, power)) / samples.length ** 2;
}

/** Mean square of all samples; 0 for none. */
function meanSquare(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : sum / samples.length;
}

/** Level of the whole sound in dBm0; -Infinity for digital silence. */
export function soundLevelDbm0(samples: Int16Array): number {
  return levelOfMeanSquare(meanSquare(samples));
}

/** Level of one frequency in dBm0, over all the samples given (8 kHz); -Infinity when there is none of it. */
export function toneLevelDbm0(samples: Int16Array, frequencyHz: number): number {
  return levelOfMeanSquare(meanSquareAt(samples, frequencyHz));
}

/** How much of the sound's energy is at one frequency, 0 (none, or silence) to 1 (a pure tone). */
export function toneShare(samples: Int16Array, frequencyHz: number): number {
  const all = meanSquare(samples);
  return all === 0 ? 0 : Math.min(1, meanSquareAt(samples, frequencyHz) / all);
}

/** The candidate with most energy, or undefined when no candidate has a tenth of the sound's energy. */
export function dominantFrequency(samples: Int16Array, candidatesHz: readonly number[]): number | undefined {
  let [best, bestShare] = [undefined as number | undefined, 0.1];
  for (const frequencyHz of candidatesHz) {
    const share = toneShare(samples, frequencyHz);
    if (share > bestShare) [best, bestShare] = [frequencyHz, share];
  }
  return best;
}

/** What {@link isToneHeard} asks of a tone. */
export interface ToneThreshold {
  /** Smallest share of the sound's energy, 0 to 1; default 0.5. */
  readonly minShare?: number;
  /** Smallest level of the tone itself; default -35 dBm0. */
  readonly minLevelDbm0?: number;
}

/** Whether a listener would say "I hear that tone": loud enough, and most of what there is. */
export function isToneHeard(samples: Int16Array, frequencyHz: number, threshold: ToneThreshold = {}): boolean {
  const { minShare = 0.5, minLevelDbm0 = -35 } = threshold;
  return toneShare(samples, frequencyHz) >= minShare && toneLevelDbm0(samples, frequencyHz) >= minLevelDbm0;
}

/** Samples of the pieces that {@link toneTime} looks at: 50 ms. */
const PIECE = SAMPLE_RATE_HZ / 20;

/**
 * The share of a sound's time, 0 to 1, in which a tone is heard, looked at in pieces of 50 ms: also of one that is cut here and there, and
 * goes on with another phase.
 */
export function toneTime(samples: Int16Array, frequencyHz: number, threshold: ToneThreshold = {}): number {
  const pieces = Math.floor(samples.length / PIECE);
  let heard = 0;
  for (let i = 0; i < pieces; i++)
    if (isToneHeard(samples.subarray(i * PIECE, (i + 1) * PIECE), frequencyHz, threshold)) heard++;
  return pieces === 0 ? 0 : heard / pieces;
}
