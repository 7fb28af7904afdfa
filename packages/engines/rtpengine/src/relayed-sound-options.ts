import type { SoundEngine } from "@cordboard/core";
import type { Clock, Log, Millis, Random } from "@cordboard/kernel";
import type { NgAddress } from "./ng-address.ts";
import type { OpenNgLink } from "./ng-link.ts";

/** What the engine in front is made of. */
export interface RelayedSoundOptions {
  /** The rtpengines that may be used, at least one. */
  readonly rtpengines: readonly NgAddress[];
  /**
   * Tells this installation from all others that use the same rtpengines: calls that it has left there when it was killed are found by
   * this, and ended. Letters and digits.
   */
  readonly installation: string;
  /** Does what rtpengine does not: mixes, plays, records, sends digits; and carries legs while no rtpengine is there. */
  readonly builtin: SoundEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How rtpengines are reached; default real sockets. For tests. */
  readonly openLink?: OpenNgLink;
  /** No packet for this long, though the peer should be sending: the leg is reported silent. Default 10 s. */
  readonly silentAfter?: Millis;
}

/** A sound engine that has to find its rtpengines first. */
export interface RelayedSound extends SoundEngine {
  /** Settles when it is known of each rtpengine whether it lives. */
  ready(): Promise<void>;
}
