import type { Clock, LegId, Log, Millis } from "@cordboard/kernel";
import type { Leg } from "./leg.ts";
import { ownEnd } from "./verdicts.ts";

/** What is closed, and by which clock. */
export interface ClosingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly legs: ReadonlyMap<LegId, Leg>;
}

/** The way out: no new calls, time for running ones, goodbye to the rest, and nothing left. */
export class Closing {
  readonly #parts: ClosingParts;
  readonly #releasing = new Set<Promise<void>>();
  #waiting: (() => void)[] = [];
  #hasBegun = false;

  constructor(parts: ClosingParts) {
    this.#parts = parts;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Something is being given back; what goes wrong with it is logged, and what is held counts as given back. */
  release(done: Promise<unknown>): void {
    const over = done.then(
      () => undefined,
      (cause: unknown) => this.#parts.log.error("a leg's sound did not close", { cause }),
    );
    this.#releasing.add(over);
    void over.then(() => this.#releasing.delete(over));
  }

  onLegGone(): void {
    if (this.#parts.legs.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Waits for the last leg; after the deadline ends those that are left, and after `farewell` more lets go of them. */
  async drain(deadline: Millis, farewell: Millis): Promise<void> {
    this.#hasBegun = true;
    const { legs } = this.#parts;
    const reason = ownEnd("shutting-down");
    if (deadline > 0) await this.#untilEmpty(deadline);
    for (const leg of [...legs.values()]) leg.end(reason);
    await this.#untilEmpty(farewell);
    for (const leg of [...legs.values()]) leg.tearDown(reason);
    await Promise.all(this.#releasing);
  }

  /** Settles when no leg is left, or after so long. */
  #untilEmpty(longest: Millis): Promise<void> {
    if (this.#parts.legs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(longest, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
