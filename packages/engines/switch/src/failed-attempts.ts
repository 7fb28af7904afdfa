import type { Clock, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { ownText } from "@cordboard/sip";

/** Bounds of guessing. */
export interface AttemptLimits {
  /** Wrong passwords from one address before it has to wait. */
  readonly free: number;
  /** The first wait; each further wrong password doubles it. */
  readonly firstWait: Millis;
  readonly longestWait: Millis;
  /** An address without a wrong password for so long is forgotten. */
  readonly forgetAfter: Millis;
  /** Addresses remembered; beyond, the one that failed first is forgotten. */
  readonly sources: number;
}

/** Eight wrong passwords for nothing, then waits of 1 s up to 5 minutes; forgotten after 15 minutes. */
export const defaultAttemptLimits: AttemptLimits = {
  free: 8,
  firstWait: ms(1000),
  longestWait: ms(300_000),
  forgetAfter: ms(900_000),
  sources: 10_000,
};

interface Record {
  readonly count: number;
  readonly lastAt: Millis;
  readonly barredUntil: Millis;
}

/**
 * Counts wrong passwords by source (an address, or an address and a name) and makes those who guess wait, longer and longer. Only an answer to a challenge
 * of ours is counted: somebody who forges a source address never saw the challenge, and cannot lock its owner out.
 */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #limits: AttemptLimits;
  readonly #records = new Map<string, Record>();

  constructor(clock: Clock, limits: AttemptLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#records.size;
  }

  /** How long the address still has to wait; undefined when it may try. */
  waitOf(source: string): Millis | undefined {
    const wait = (this.#records.get(source)?.barredUntil ?? 0) - this.#clock.monotonic();
    return wait > 0 ? ms(wait) : undefined;
  }

  /** A wrong password came from there. */
  failed(source: string): void {
    const now = this.#clock.monotonic();
    const before = this.#records.get(source);
    const isFresh = before !== undefined && now - before.lastAt < this.#limits.forgetAfter;
    const count = isFresh ? before.count + 1 : 1;
    const over = count - this.#limits.free;
    const wait =
      over <= 0 ? 0 : Math.min(this.#limits.firstWait * 2 ** Math.min(over - 1, 30), this.#limits.longestWait);
    this.#records.delete(source);
    this.#records.set(ownText(source), { count, lastAt: now, barredUntil: ms(now + wait) });
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= this.#limits.sources) break;
      this.#records.delete(oldest);
    }
  }
}
