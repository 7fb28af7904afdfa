import type { ActionId, Clock, Millis, Timer } from "@cordboard/kernel";

/** The deadlines of one leg's orders. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timers = new Map<ActionId, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `missed` runs after so long, unless it is stopped before. A second start for one order takes the place of the first. */
  start(action: ActionId, after: Millis, missed: () => void): void {
    this.stop(action);
    const timer = this.#clock.after(after, () => {
      this.#timers.delete(action);
      missed();
    });
    this.#timers.set(action, timer);
  }

  has(action: ActionId): boolean {
    return this.#timers.has(action);
  }

  /** False when it did not run: never started, stopped, or missed. */
  stop(action: ActionId): boolean {
    this.#timers.get(action)?.cancel();
    return this.#timers.delete(action);
  }

  stopAll(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
