import type { Millis } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";

/** The waits of the built-in engine that may be set; each has a default. */
export interface SoundTimings {
  /** No packet for this long, though the peer should be sending: the leg is reported silent. Default 10 s. */
  readonly silentAfter: Millis;
  /** Mean time between RTCP reports of a leg, and between its figures. Default 5 s. */
  readonly reportEvery: Millis;
  /**
   * How long after `connect` a peer may turn up from another address than it named, and how long after the first packet a better
   * match may still take over the lock. Default 5 s.
   */
  readonly latchWithin: Millis;
  /** How long a browser that can be reached by no way at all keeps its leg. Default 15 s, which lets ICE begin anew once or twice. */
  readonly pathWithin: Millis;
  /** How long the handshake may take that makes the keys, from when there is a way. Default 15 s. */
  readonly keysWithin: Millis;
  /**
   * How long a browser may be away that has answered no check for 30 s (RFC 7675): until then it can come back by any network. Default
   * 15 s, so 45 s in all: longer than a page sleeps whose user means to go on.
   */
  readonly pathBackWithin: Millis;
  /** A worker that shows no sign of life for this long is replaced. Default 2 s. */
  readonly workerSilentAfter: Millis;
}

/** The defaults of {@link SoundTimings}. */
export const defaultTimings: SoundTimings = {
  silentAfter: seconds(10),
  reportEvery: seconds(5),
  latchWithin: seconds(5),
  pathWithin: seconds(15),
  keysWithin: seconds(15),
  pathBackWithin: seconds(15),
  workerSilentAfter: seconds(2),
};

/** How often a worker looks after its legs, and shows that it lives. */
export const workerTick: Millis = ms(100);
