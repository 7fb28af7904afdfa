/** Newest packets of which it is known whether they have come; what is older counts as come. @rfc 3711#3.3.2 */
const WINDOW = 128;

/** A window as another worker takes it on. */
export interface PacketWindowSnapshot {
  readonly newest: number;
  readonly seen: Uint8Array;
}

/** Which packets of one source have been here, by their index: none is let through twice. */
export class PacketWindow {
  /** −1 before the first packet. */
  #newest = -1;
  /** By index modulo {@link WINDOW}: whether it was here. */
  readonly #seen: Uint8Array = new Uint8Array(WINDOW);

  constructor(snapshot?: PacketWindowSnapshot) {
    if (snapshot === undefined) return;
    this.#newest = snapshot.newest;
    this.#seen.set(snapshot.seen.subarray(0, WINDOW));
  }

  /** The highest index that was here; −1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Whether a packet may be let through: it is new, or late but not yet here. */
  isNew(index: number): boolean {
    if (index > this.#newest) return true;
    return index > this.#newest - WINDOW && this.#seen[index % WINDOW] === 0;
  }

  /** Takes note of a packet that {@link isNew}, once it is known to be genuine. */
  note(index: number): void {
    if (index > this.#newest) {
      const passed = Math.min(WINDOW, index - this.#newest);
      for (let i = index - passed + 1; i < index; i++) this.#seen[i % WINDOW] = 0;
      this.#newest = index;
    }
    this.#seen[index % WINDOW] = 1;
  }

  snapshot(): PacketWindowSnapshot {
    return { newest: this.#newest, seen: this.#seen.slice() };
  }
}

/**
 * The index of a packet (48 bits, of which its header shows the low 16): the one nearest to the newest that has been here.
 * @rfc 3711#3.3.1
 */
export function packetIndex(newest: number, sequence: number): number {
  if (newest < 0) return sequence;
  const rollover = Math.floor(newest / 0x1_0000);
  const low = newest % 0x1_0000;
  if (low < 0x8000)
    return sequence - low > 0x8000 && rollover > 0
      ? (rollover - 1) * 0x1_0000 + sequence
      : rollover * 0x1_0000 + sequence;
  return low - 0x8000 > sequence ? (rollover + 1) * 0x1_0000 + sequence : rollover * 0x1_0000 + sequence;
}
