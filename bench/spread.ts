/** The value below which the share `part` (0 to 1) of the samples lies; NaN without samples. */
export function quantile(samples: ArrayLike<number>, part: number): number {
  const sorted = Float64Array.from(samples).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** Rounded to so many digits behind the point. */
export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Median, p99 and largest of samples in milliseconds, for the details of a figure. */
export const latencies = (samples: readonly number[]): Readonly<Record<string, number>> => ({
  medianMs: rounded(quantile(samples, 0.5), 2),
  p99Ms: rounded(quantile(samples, 0.99), 2),
  longestMs: rounded(quantile(samples, 1), 2),
});
