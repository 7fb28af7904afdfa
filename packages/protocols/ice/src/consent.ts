import type { Millis, Random } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** The peer must have said within this time that it still wants our packets. @rfc 7675#5.1 */
const LASTS = ms(30_000);
/** It is asked every five seconds, a fifth sooner or later, so that calls do not ask in step. */
const ASKED_AFTER = ms(4_000);
const SPREAD = ms(2_000);

/** Whether the peer still wants what we send: it says so by answering our checks, and by nothing else. @rfc 7675#5.1 */
export class Consent {
  readonly #random: Random;
  #until: number = Number.POSITIVE_INFINITY;
  #askAt: number = Number.POSITIVE_INFINITY;

  constructor(random: Random) {
    this.#random = random;
  }

  /** It has just said so. */
  give(now: Millis): void {
    const [dice = 0] = this.#random.bytes(1);
    this.#until = now + LASTS;
    this.#askAt = now + ASKED_AFTER + (SPREAD * dice) / 255;
  }

  /** There is nothing to consent to. */
  drop(): void {
    this.#until = Number.POSITIVE_INFINITY;
    this.#askAt = Number.POSITIVE_INFINITY;
  }

  /** Whether it is over. */
  isOver(now: Millis): boolean {
    return now >= this.#until;
  }

  /** Whether it is time to ask; true once. */
  isDue(now: Millis): boolean {
    if (now < this.#askAt) return false;
    this.#askAt = now + ASKED_AFTER;
    return true;
  }

  /** When there is something to do; infinity when there is not. */
  get nextAt(): number {
    return Math.min(this.#askAt, this.#until);
  }
}
