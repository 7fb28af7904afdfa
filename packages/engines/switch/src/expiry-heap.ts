import type { Clock, Instant, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** The wall clock may jump, so nothing sleeps longer than this without looking at it. */
const LONGEST_SLEEP = ms(60_000);

interface Entry<Item> {
  readonly at: Instant;
  readonly item: Item;
}

/**
 * Tells when things are due, all by one timer. What is no longer wanted is not taken out: whoever hears `onDue` looks
 * whether it still holds (the item's own instant may have moved on, and then it was added again).
 */
export class ExpiryHeap<Item> {
  readonly #clock: Clock;
  readonly #onDue: (item: Item, at: Instant) => void;
  readonly #heap: Entry<Item>[] = [];
  #timer: Timer | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onDue: (item: Item, at: Instant) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** How many are waiting, the outdated ones among them. */
  get size(): number {
    return this.#heap.length;
  }

  add(item: Item, at: Instant): void {
    this.#heap.push({ at, item });
    this.#rise(this.#heap.length - 1);
    this.#arm();
  }

  /** Forgets all. */
  clear(): void {
    this.#heap.length = 0;
    this.#arm();
  }

  #arm(): void {
    const first = this.#heap[0];
    const at = first === undefined ? Number.POSITIVE_INFINITY : first.at;
    if (at === this.#wakesAt && this.#timer !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#wakesAt = at;
    if (first === undefined) return;
    const wait = Math.max(0, Math.min(first.at - this.#clock.now(), LONGEST_SLEEP));
    this.#timer = this.#clock.after(ms(wait), () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#takeFirst();
      this.#onDue(first.item, first.at);
    }
    this.#arm();
  }

  #takeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
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
    return this.#heap[i]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}
