import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";

/** A clock that stands still until it is moved by hand. */
export class HandClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly due: number; readonly task: () => void }>();

  /** Timers that have neither run nor been cancelled. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): ReturnType<Clock["now"]> {
    return instant(this.#now);
  }

  monotonic(): Millis {
    return ms(this.#now);
  }

  after(delay: Millis, task: () => void): Timer {
    const timer = { due: this.#now + delay, task };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Lets time go by; every timer runs at the moment when it is due. */
  pass(time: number): void {
    const until = this.#now + time;
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.task();
    }
    this.#now = until;
  }

  /** Time goes by while the process is busy: what was due meanwhile runs late, at the end. */
  stall(time: number): void {
    this.#now += time;
    this.pass(0);
  }

  #next(until: number): { readonly due: number; readonly task: () => void } | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= until);
    return due.sort((a, b) => a.due - b.due)[0];
  }
}
