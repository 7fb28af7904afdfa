import type { Instant, Millis } from "./units.ts";
import { instant, ms } from "./units.ts";

/** A running timer. */
export interface Timer {
  /** Stops the timer; does nothing when it has already run or been stopped. */
  cancel(): void;
}

/** Time as the rest of the house sees it. Production uses {@link clockOf}; tests move a manual clock by hand. */
export interface Clock {
  /** The wall clock, for what people read and what is stored. It may jump. */
  now(): Instant;
  /** Milliseconds since some fixed moment; never goes back. SIP and media timers use it. */
  monotonic(): Millis;
  /** Runs `task` once after `delay` (at least; 0 means the next turn). */
  after(delay: Millis, task: () => void): Timer;
}

/** The part of a JavaScript host that {@link clockOf} needs; `globalThis` fits. */
export interface TimeHost {
  readonly Date: { now(): number };
  readonly performance: { now(): number };
  setTimeout(task: () => void, delayMs: number): unknown;
  clearTimeout(handle: never): void;
}

/** The clock of a JavaScript host. */
export function clockOf(host: TimeHost): Clock {
  return {
    now: () => instant(host.Date.now()),
    monotonic: () => ms(host.performance.now()),
    after(delay, task) {
      const handle = host.setTimeout(task, delay);
      return { cancel: () => host.clearTimeout(handle as never) };
    },
  };
}
