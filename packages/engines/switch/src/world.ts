import type { Directory } from "@cordboard/core";
import type { LegId, RecordingId, TenantId } from "@cordboard/kernel";
import type { SipAgent } from "@cordboard/sip";
import type { OwnAddresses } from "./addresses.ts";
import type { IncomingSide } from "./incoming-side.ts";
import type { Leg } from "./leg.ts";
import type { SrtpPolicy } from "./protection.ts";
import type { Registrations } from "./registrations.ts";
import type { Surroundings } from "./surroundings.ts";

/** What one switch works with. */
export interface World extends Surroundings {
  readonly directory: Directory;
  readonly agent: SipAgent;
  readonly addresses: OwnAddresses;
  readonly registrations: Registrations;
  readonly srtp: SrtpPolicy;
  /** Every leg that has not ended. */
  readonly legs: Map<LegId, Leg>;
  /** The INVITEs of those that came from outside. */
  readonly callers: Map<LegId, IncomingSide>;
  /** The file that a recording is written to. */
  pathOfRecording(tenant: TenantId, recording: RecordingId): string;
}
