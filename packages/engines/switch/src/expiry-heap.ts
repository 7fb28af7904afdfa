import type { Clock, Instant, Timer } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";

/** The wall clock may jump, so nothing sleeps longer than this without looking at it. */
const LONGEST_SLEEP = ms(60_000);

/** When more are due, the rest waits for its turn, so that nobody else waits for all of them. */
const MOST_AT_ONCE = 1000;

/**
 * Tells when things are due, all by one timer. What is no longer wanted is not taken out: whoever hears `onDue` looks
 * whether it still holds (the item's own instant may have moved on, and then it was added again).
 */
export class ExpiryHeap<Item extends NonNullable<unknown>> {
  readonly #clock: Clock;
  readonly #onDue: (item: Item, at: Instant) => void;
  /** The heap in two lists, because a list of numbers takes a third of the memory of one of entries. */
  readonly #times: number[] = [];
  readonly #items: Item[] = [];
  #timer: Timer | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onDue: (item: Item, at: Instant) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** How many are waiting, the outdated ones among them. */
  get size(): number {
    return this.#items.length;
  }

  add(item: Item, at: Instant): void {
    this.#times.push(at);
    this.#items.push(item);
    this.#rise(this.#items.length - 1);
    this.#arm();
  }

  /** Forgets all. */
  clear(): void {
    this.#times.length = 0;
    this.#items.length = 0;
    this.#arm();
  }

  #arm(): void {
    const at = this.#at(0);
    if (at === this.#wakesAt && this.#timer !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#wakesAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, Math.min(at - this.#clock.now(), LONGEST_SLEEP));
    this.#timer = this.#clock.after(ms(wait), () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    let left = MOST_AT_ONCE;
    for (let at = this.#at(0); at <= now && left > 0; at = this.#at(0)) {
      const item = this.#takeFirst();
      left -= 1;
      if (item !== undefined) this.#onDue(item, instant(at));
    }
    this.#arm();
  }

  #takeFirst(): Item | undefined {
    this.#swap(0, this.#items.length - 1);
    this.#times.pop();
    const first = this.#items.pop();
    this.#sink(0);
    return first;
  }

  #rise(from: number): void {
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#at(parent) <= this.#at(i)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #sink(from: number): void {
    let i = from;
    for (;;) {
      const left = 2 * i + 1;
      const smaller = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(smaller) >= this.#at(i)) return;
      this.#swap(i, smaller);
      i = smaller;
    }
  }

  #at(i: number): number {
    return this.#times[i] ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    exchange(this.#times, a, b);
    exchange(this.#items, a, b);
  }
}

function exchange<Value>(list: Value[], a: number, b: number): void {
  const [x, y] = [list[a], list[b]];
  if (x === undefined || y === undefined) return;
  list[a] = y;
  list[b] = x;
}
