/** Adds samples to a sum of 32 bits, which holds more voices than any machine can mix. */
export function addSamples(sum: Int32Array, samples: Int16Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (samples[i] ?? 0);
}

/** Takes samples out of a sum that they are in. */
export function subtractSamples(sum: Int32Array, samples: Int16Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) - (samples[i] ?? 0);
}

/** A sum as 16-bit samples: what is too loud becomes as loud as can be, instead of turning over. */
export function clampSamples(sum: Int32Array, into: Int16Array): void {
  for (let i = 0; i < into.length; i++) into[i] = Math.max(-32_768, Math.min(32_767, sum[i] ?? 0));
}
