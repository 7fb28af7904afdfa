import type { Clock, Millis, Random, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Outcome } from "@cordboard/sip";

/** Times that glare is tried out before the peer counts as unwilling. */
const MAX_TRIES = 6;

/** What a series of re-INVITEs needs. */
export interface ReofferParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the dialog's Call-ID is ours, which decides who waits longer. */
  readonly ownsCallId: boolean;
  /** Sends one re-INVITE. */
  send(): Promise<Outcome>;
}

/**
 * How long to wait after a 491, in milliseconds: 2.1 to 4 s for the side that made the Call-ID, up to 2 s for the other, in
 * steps of 10 ms.
 * @rfc 3261#14.1
 */
export function glareDelay(ownsCallId: boolean, random: Random): Millis {
  const [high = 0, low = 0] = random.bytes(2);
  const part = (high * 256 + low) / 65_536;
  return ms(ownsCallId ? 2100 + 10 * Math.floor(part * 191) : 10 * Math.floor(part * 201));
}

/** Sends one re-INVITE, again and again while the other side was first (491). Ends with its outcome, or when stopped. */
export class Reoffer {
  readonly #parts: ReofferParts;
  readonly #done: (outcome: Outcome | undefined) => void;
  #timer: Timer | undefined;
  #tries = 0;
  #isOver = false;

  /** `done` runs once, with undefined when it was stopped. */
  constructor(parts: ReofferParts, done: (outcome: Outcome | undefined) => void) {
    this.#parts = parts;
    this.#done = done;
  }

  start(): void {
    this.#tries += 1;
    this.#parts.send().then(
      (outcome) => this.#take(outcome),
      () => this.#finish(undefined),
    );
  }

  /** Gives up; an answer that still comes is for the stack alone. */
  stop(): void {
    this.#timer?.cancel();
    this.#finish(undefined);
  }

  #take(outcome: Outcome): void {
    if (this.#isOver) return;
    if (outcome.ok || outcome.status !== 491 || this.#tries >= MAX_TRIES) return this.#finish(outcome);
    const { clock, ownsCallId, random } = this.#parts;
    this.#timer = clock.after(glareDelay(ownsCallId, random), () => this.start());
  }

  #finish(outcome: Outcome | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#done(outcome);
  }
}
