import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  readonly #startedAt: number;
  #passed = 0;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(startedAt = 1_800_000_000_000) {
    this.#startedAt = startedAt;
  }

  get timers(): number {
    return this.#waiting.size;
  }

  now(): ReturnType<Clock["now"]> {
    return instant(this.#startedAt + this.#passed);
  }

  monotonic(): Millis {
    return ms(this.#passed);
  }

  after(delay: Millis, task: () => void): Timer {
    const waiting = { at: this.#passed + Math.max(0, delay), order: this.#order++, task };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  /** Moves on, running what is due in order. Promises settle between two steps only. */
  advance(by: number): void {
    const end = this.#passed + by;
    for (let next = this.#first(end); next !== undefined; next = this.#first(end)) {
      this.#waiting.delete(next);
      this.#passed = Math.max(this.#passed, next.at);
      next.task();
    }
    this.#passed = end;
  }

  #first(end: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const each of this.#waiting) {
      if (each.at > end) continue;
      if (first === undefined || each.at < first.at || (each.at === first.at && each.order < first.order)) first = each;
    }
    return first;
  }
}
