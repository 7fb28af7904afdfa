/**
 * Most datagrams that a leg takes of its peer between two ticks of 100 ms, and as many of strangers; the rest is dropped. Sound has 5 to 10,
 * the busiest codec 40; this leaves room for a late tick, keeps a flood on one leg (or two echoes that found each other) from the other
 * legs, and a stranger's flood from the peer.
 */
const MAX_ARRIVALS = 200;

/** Counts what comes to a leg between two ticks. */
export class Arrivals {
  #ofPeer = 0;
  #ofStrangers = 0;

  /** Counts one; false when it is one too many. */
  admit(isPeer: boolean): boolean {
    return isPeer ? ++this.#ofPeer <= MAX_ARRIVALS : ++this.#ofStrangers <= MAX_ARRIVALS;
  }

  /** Another tick. */
  clear(): void {
    this.#ofPeer = 0;
    this.#ofStrangers = 0;
  }
}
