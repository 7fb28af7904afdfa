import type { Clock } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";

/** A clock that stands still until it is moved. */
export interface HandClock extends Clock {
  /** Moves on, running what falls due on the way in its order. */
  pass(time: number): void;
  /** Timers that are running. */
  pending(): number;
}

export function handClock(): HandClock {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly task: () => void }>();
  const due = (until: number) => [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  return {
    now: () => instant(Date.parse("2025-06-19T10:30:00.000Z") + now),
    monotonic: () => ms(now),
    after(delay, task) {
      const timer = { at: now + delay, task };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    pass(time) {
      const until = now + time;
      for (let timer = due(until); timer !== undefined; timer = due(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.task();
      }
      now = until;
    },
    pending: () => timers.size,
  };
}
