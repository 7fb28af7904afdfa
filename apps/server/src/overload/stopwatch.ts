import type { Clock, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Knows how long something takes now, from what is under way and from what was just done. */
export interface Stopwatch {
  /** Times a piece of work; returns it. */
  readonly time: <Value>(work: Promise<Value>) => Promise<Value>;
  /** As long as the oldest work under way has taken, or the last one took, if that was within a second; else 0. */
  readonly waitMs: () => Millis;
}

/** How long the time that something took says something about the next. */
const FRESH = ms(1000);

/** Makes a stopwatch. */
export function stopwatch(clock: Clock): Stopwatch {
  /** When each piece that is under way began, oldest first. */
  const underWay = new Map<symbol, number>();
  let doneAt = Number.NEGATIVE_INFINITY;
  let took = 0;
  return {
    time(work) {
      const piece = Symbol("piece");
      const begunAt = clock.monotonic();
      underWay.set(piece, begunAt);
      const done = (): void => {
        underWay.delete(piece);
        doneAt = clock.monotonic();
        took = doneAt - begunAt;
      };
      work.then(done, done);
      return work;
    },
    waitMs() {
      const now = clock.monotonic();
      const [oldest] = underWay.values();
      if (oldest !== undefined) return ms(now - oldest);
      return now - doneAt < FRESH ? ms(took) : ms(0);
    },
  };
}
