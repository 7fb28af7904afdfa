import type { Clock, Timer } from "@cordboard/kernel";

/** A clock that knows how many of its timers run. */
export interface CountingClock extends Clock {
  readonly running: number;
}

/** Counts the timers that are started through it. */
export function countingClock(clock: Clock): CountingClock {
  let running = 0;
  return {
    get running() {
      return running;
    },
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after(delay, task): Timer {
      let isOver = false;
      running++;
      const timer = clock.after(delay, () => {
        isOver = true;
        running--;
        task();
      });
      return {
        cancel() {
          if (isOver) return;
          isOver = true;
          running--;
          timer.cancel();
        },
      };
    },
  };
}
