import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Something that sends a packet every 20 ms. */
export interface Paced {
  tick(now: Millis): void;
}

/** Time between two packets of sound. */
export const packetEvery: Millis = ms(20);
/** The 20 ms are cut into slots, so that many legs do not all send at the same moment. */
const SLOTS = 4;
const SLOT_MS = packetEvery / SLOTS;
/** What a stalled thread catches up on; after a longer stall the rest is left out. */
const MAX_SLOTS_AT_ONCE = 5 * SLOTS;

/**
 * One timer for all the legs of a worker that play or send digits. It goes by the monotonic clock: a late wake-up is followed by a
 * shorter wait, so that the mean is exact. Without legs it sleeps.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #slots: readonly Set<Paced>[] = Array.from({ length: SLOTS }, () => new Set<Paced>());
  #timer: Timer | undefined;
  #due = 0;
  #slot = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins to tick `paced`, in the emptiest slot; nothing changes when it is ticking already. */
  add(paced: Paced): void {
    if (this.#slots.some((slot) => slot.has(paced))) return;
    this.#slots.reduce((least, slot) => (slot.size < least.size ? slot : least)).add(paced);
    if (this.#timer !== undefined) return;
    this.#due = this.#clock.monotonic() + SLOT_MS;
    this.#sleep();
  }

  /** Ticks `paced` no more. */
  remove(paced: Paced): void {
    for (const slot of this.#slots) slot.delete(paced);
    if (this.#slots.some((slot) => slot.size > 0)) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #sleep(): void {
    const wait = Math.max(0, Math.ceil(this.#due - this.#clock.monotonic()));
    this.#timer = this.#clock.after(ms(wait), () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.monotonic();
    for (let slots = 0; this.#due <= now && slots < MAX_SLOTS_AT_ONCE; slots++) {
      this.#due += SLOT_MS;
      this.#slot = (this.#slot + 1) % SLOTS;
      for (const paced of this.#slots[this.#slot] ?? []) paced.tick(now);
    }
    if (this.#due <= now) this.#due = now + SLOT_MS;
    // The last one may have left during its own tick.
    if (this.#timer !== undefined) this.#sleep();
  }
}
