import type { Directory, SoundEngine } from "@cordboard/core";
import type { Clock, LegId, Log, Random } from "@cordboard/kernel";
import type { SipAgent } from "@cordboard/sip";
import type { OwnAddresses } from "./addresses.ts";
import type { FactQueue } from "./fact-queue.ts";
import type { Leg } from "./leg.ts";
import type { Registrations } from "./registrations.ts";

/** What every leg of one switch shares. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sound: SoundEngine;
  readonly directory: Directory;
  readonly agent: SipAgent;
  readonly addresses: OwnAddresses;
  readonly registrations: Registrations;
  readonly facts: FactQueue;
  /** Every leg that has not ended. */
  readonly legs: Map<LegId, Leg>;
  /** Decimal digits that name a session description, never twice. */
  newSessionId(): string;
  /** Something is being given back: closing waits for it, and logs what goes wrong. */
  release(done: Promise<unknown>): void;
  /** A leg has ended and given back all it had. */
  onLegGone(): void;
}
