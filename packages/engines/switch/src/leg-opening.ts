import type { LegId } from "@cordboard/kernel";
import type { OwnAddress } from "./addresses.ts";
import type { Guard } from "./protection.ts";

/** How a leg's sound is opened. */
export interface LegOpening {
  /** Finds our address towards the peer. */
  readonly find: () => Promise<OwnAddress | undefined>;
  readonly guard: Guard;
  /** A leg that it may be joined with. */
  readonly near?: LegId;
}
