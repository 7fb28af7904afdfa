import type { Millis } from "@cordboard/kernel";

/** What a listener's opinion is estimated from. */
export interface Hearing {
  /** Time that sound is under way from mouth to ear, without the receiver's buffer. */
  readonly delay: Millis;
  readonly jitter: Millis;
  /** 0 to 1. */
  readonly lossRatio: number;
}

/** Default transmission rating: everything at its default, no delay, no loss. */
const BEST_RATING = 93.2;
/** Robustness of G.711 against random loss when the receiver conceals it (ITU-T G.113 appendix I). */
const LOSS_ROBUSTNESS = 25.1;

/**
 * Mean opinion score of G.711 sound, 1.0 to 4.5, from delay, jitter and loss, by ITU-T G.107 with all else at its defaults. The receiver's buffer is
 * taken as two jitters deep. An estimate: good for telling calls apart, not for a certificate.
 */
export function estimateMos({ delay, jitter, lossRatio }: Hearing): number {
  const mouthToEar = Math.max(0, delay) + 2 * Math.max(0, jitter);
  const delayImpairment = 0.024 * mouthToEar + 0.11 * Math.max(0, mouthToEar - 177.3);
  const lossPercent = 100 * Math.max(0, Math.min(1, lossRatio));
  const lossImpairment = (95 * lossPercent) / (lossPercent + LOSS_ROBUSTNESS);
  const rating = Math.max(0, Math.min(100, BEST_RATING - delayImpairment - lossImpairment));
  const score = 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
  return Math.max(1, Math.min(4.5, score));
}
