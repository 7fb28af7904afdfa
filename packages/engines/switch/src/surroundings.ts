import type { SoundEngine } from "@cordboard/core";
import type { Clock, LegId, Log, Random } from "@cordboard/kernel";
import type { FactQueue } from "./fact-queue.ts";
import type { FindLeg } from "./referring.ts";

/** What a leg needs of the switch that it lives in. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sound: SoundEngine;
  readonly facts: FactQueue;
  /** Decimal digits that name a session description, never twice. */
  newSessionId(): string;
  /** The leg whose dialog a phone names. */
  readonly findLeg: FindLeg;
  /** Something is being given back: closing waits for it, and logs what goes wrong. */
  release(done: Promise<unknown>): void;
  /** The leg has ended and given back all it had. */
  onLegGone(leg: LegId): void;
}
