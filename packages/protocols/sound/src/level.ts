/** Samples a second of all telephone sound here. */
export const SAMPLE_RATE_HZ = 8000;

/** Level of a full-scale sine: A-law's overload point (ITU-T G.711 §4). */
const FULL_SCALE_DBM0 = 3.14;

/** Peak of a sine of `levelDbm0` in 16-bit samples; anything over 3.14 dBm0 would be cut off. */
export function amplitudeOf(levelDbm0: number): number {
  return Math.min(32_767, 32_768 * 10 ** ((levelDbm0 - FULL_SCALE_DBM0) / 20));
}

/** Level in dBm0 of a sound with this mean square of 16-bit samples; -Infinity for none. */
export function levelOfMeanSquare(meanSquare: number): number {
  return 10 * Math.log10((2 * meanSquare) / 32_768 ** 2) + FULL_SCALE_DBM0;
}
