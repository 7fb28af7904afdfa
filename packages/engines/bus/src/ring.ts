import type { Envelope, Millis } from "@cordboard/kernel";
import type { BusLimits } from "./types.ts";

interface Slot {
  readonly envelope: Envelope;
  readonly at: Millis;
  readonly bytes: number;
}

const FIRST_SLOTS = 256;
/** Old events thrown away at one publishing: more than one, so that the ring empties; few, so that nobody waits for it. */
const EXPIRED_AT_ONCE = 8;

/**
 * The newest events of one tenant, numbered from 1 without holes, in a table whose size is a power of two:
 * event `seq` lies in slot `seq & (size - 1)`. The table doubles while it is too small and never shrinks.
 */
export class Ring {
  readonly #limits: BusLimits;
  #slots: (Slot | undefined)[] = new Array<Slot | undefined>(FIRST_SLOTS).fill(undefined);
  #newest = 0;
  #count = 0;
  #bytes = 0;
  #cutEarly = 0;

  constructor(limits: BusLimits) {
    this.#limits = limits;
  }

  get newest(): number {
    return this.#newest;
  }

  get state(): { readonly events: number; readonly slots: number; readonly bytes: number; readonly cutEarly: number } {
    return { events: this.#count, slots: this.#slots.length, bytes: this.#bytes, cutEarly: this.#cutEarly };
  }

  /** Appends the event numbered `newest + 1`, published at `at` of the monotonic clock. */
  push(envelope: Envelope, at: Millis, bytes: number): void {
    this.#newest = envelope.seq;
    this.#makeRoom(at, bytes);
    if (this.#count === this.#slots.length) this.#grow();
    this.#slots[this.#newest & (this.#slots.length - 1)] = { envelope, at, bytes };
    this.#count++;
    this.#bytes += bytes;
  }

  /** The events after `seq`, oldest first, at most `limit`; `undefined` when some of them are gone or not yet made. */
  after(seq: number, limit: number): readonly Envelope[] | undefined {
    const isWithin = Number.isSafeInteger(seq) && seq >= this.#newest - this.#count && seq <= this.#newest && seq >= 0;
    if (!isWithin) return undefined;
    const found: Envelope[] = [];
    for (let next = seq + 1; next <= this.#newest && found.length < limit; next++) {
      const slot = this.#slots[next & (this.#slots.length - 1)];
      if (slot !== undefined) found.push(slot.envelope);
    }
    return found;
  }

  #makeRoom(now: Millis, bytes: number): void {
    const { minEvents, minAge, maxEvents, maxBytes } = this.#limits;
    for (let dropped = 0; dropped < EXPIRED_AT_ONCE && this.#count >= minEvents; dropped++) {
      const oldest = this.#oldest();
      if (oldest === undefined || now - oldest.at <= minAge) break;
      this.#dropOldest();
    }
    while (this.#count >= maxEvents || (this.#count > 0 && this.#bytes + bytes > maxBytes)) {
      this.#dropOldest();
      this.#cutEarly++;
    }
  }

  /** The oldest event held, while `newest` already counts the one that is about to be written. */
  #oldest(): Slot | undefined {
    return this.#slots[(this.#newest - this.#count) & (this.#slots.length - 1)];
  }

  #dropOldest(): void {
    const at = (this.#newest - this.#count) & (this.#slots.length - 1);
    this.#bytes -= this.#slots[at]?.bytes ?? 0;
    this.#slots[at] = undefined;
    this.#count--;
  }

  #grow(): void {
    const larger = new Array<Slot | undefined>(this.#slots.length * 2).fill(undefined);
    for (const slot of this.#slots) {
      if (slot !== undefined) larger[slot.envelope.seq & (larger.length - 1)] = slot;
    }
    this.#slots = larger;
  }
}
