import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Length of one packet of sound. */
export const PACKET_TIME: Millis = ms(20);

/** Longest stall that is made up for by a burst; of a longer one the rest is skipped, as a sound card would. */
const CATCH_UP_TICKS = 10;

/** Called every 20 ms; `skipped` is the number of ticks that were lost before this one. */
export type Tick = (skipped: number) => void;

/**
 * The beat of all calls of a phone: 50 ticks a second from one timer, which runs only while somebody listens. Each tick
 * is due at a multiple of 20 ms after the first, so a late timer never adds up to drift.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #listeners = new Set<{ readonly tick: Tick }>();
  #timer: Timer | undefined;
  #nextDue = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many listen. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Starts calling `tick`; what is returned stops it. */
  add(tick: Tick): () => void {
    const listener = { tick };
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#nextDue = this.#clock.monotonic() + PACKET_TIME;
      this.#arm();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
    };
  }

  #arm(): void {
    const wait = Math.max(0, Math.ceil(this.#nextDue - this.#clock.monotonic()));
    this.#timer = this.#clock.after(ms(wait), () => this.#run());
  }

  #run(): void {
    const late = this.#clock.monotonic() - this.#nextDue;
    // A timer may be some microseconds early: then it is only armed again.
    let due = late < 0 ? 0 : Math.floor(late / PACKET_TIME) + 1;
    const skipped = Math.max(0, due - CATCH_UP_TICKS);
    this.#nextDue += due * PACKET_TIME;
    due -= skipped;
    for (let i = 0; i < due; i++) this.#tick(i === 0 ? skipped : 0);
    // A tick may have emptied the list and filled it again, which armed a timer of its own.
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#listeners.size > 0) this.#arm();
  }

  /** Who joins during a tick is called from the next one on; who leaves is not called any more. */
  #tick(skipped: number): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener.tick(skipped);
  }
}
