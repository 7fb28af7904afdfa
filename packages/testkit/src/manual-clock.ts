import type { Clock, Instant, Millis } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Timers that wait. */
  readonly pending: number;
  /** Moves time on and runs what falls due, in order, each at its own time; what they start is run too when it falls due. */
  advance(by: Millis): void;
  /** As {@link advance}, but lets promises settle after each timer, so that code between two timers may await. */
  run(by: Millis): Promise<void>;
  /** Runs until no timer waits, at most so long; the time it took. */
  drain(atMost: Millis): Promise<Millis>;
}

interface Waiting {
  readonly due: number;
  readonly order: number;
  readonly task: () => void;
  isCancelled: boolean;
}

const EARLIEST = 1_700_000_000_000;

/** A manual clock; wall time starts at `start` (2023-11-14T22:13:20Z unless said otherwise), monotonic time at 0. */
export function manualClock(start: Instant = instant(EARLIEST)): ManualClock {
  const queue = new TimerQueue();
  let now = 0;
  let orders = 0;

  /** Runs the next timer that is due by `limit`; false when there is none. */
  const step = (limit: number): boolean => {
    const next = queue.peek();
    if (next === undefined || next.due > limit) return false;
    queue.pop();
    now = Math.max(now, next.due);
    next.task();
    return true;
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  return {
    now: () => instant(start + now),
    monotonic: () => ms(now),
    after(delay, task) {
      const waiting: Waiting = { due: now + Math.max(0, delay), order: orders++, task, isCancelled: false };
      queue.push(waiting);
      return {
        cancel() {
          waiting.isCancelled = true;
        },
      };
    },
    get pending() {
      return queue.live();
    },
    advance(by) {
      const limit = now + by;
      while (step(limit));
      now = limit;
    },
    async run(by) {
      const limit = now + by;
      await settle();
      while (step(limit)) await settle();
      now = limit;
    },
    async drain(atMost) {
      const from = now;
      await settle();
      while (step(from + atMost)) await settle();
      return ms(now - from);
    },
  };
}

/** A binary heap by time, then by order of starting; cancelled timers are thrown away when they come up. */
class TimerQueue {
  readonly #heap: Waiting[] = [];

  push(waiting: Waiting): void {
    const heap = this.#heap;
    let at = heap.push(waiting) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** The next timer that is not cancelled. */
  peek(): Waiting | undefined {
    while (this.#heap[0]?.isCancelled === true) this.pop();
    return this.#heap[0];
  }

  pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isBefore(heap[child], heap[least])) least = child;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  live(): number {
    return this.#heap.filter(({ isCancelled }) => !isCancelled).length;
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const [first, second] = [heap[a], heap[b]];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  }
}

const isBefore = (a: Waiting | undefined, b: Waiting | undefined): boolean =>
  a !== undefined && b !== undefined && (a.due < b.due || (a.due === b.due && a.order < b.order));
