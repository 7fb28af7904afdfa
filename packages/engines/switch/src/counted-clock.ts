import type { Clock, Timer } from "@cordboard/kernel";

/** A clock that knows how many of its timers run, so that a leak can be seen. */
export interface CountedClock extends Clock {
  running(): number;
}

/** Counts the timers started through the clock returned. */
export function countedClock(clock: Clock): CountedClock {
  const running = new Set<object>();
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after(delay, task): Timer {
      const mark = {};
      running.add(mark);
      const timer = clock.after(delay, () => {
        running.delete(mark);
        task();
      });
      return {
        cancel() {
          running.delete(mark);
          timer.cancel();
        },
      };
    },
    running: () => running.size,
  };
}
