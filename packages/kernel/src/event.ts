import type { TenantId } from "./ids.ts";
import type { Instant } from "./units.ts";

/**
 * Something that happened, as the live stream carries it.
 * `epoch` names the server's incarnation and `seq` rises strictly within a tenant and epoch.
 */
export interface Envelope<Data = unknown> {
  readonly epoch: string;
  readonly seq: number;
  readonly tenant: TenantId;
  readonly at: Instant;
  /** Dotted, past tense, versioned: `leg.answered.v1`. */
  readonly event: string;
  readonly data: Data;
}
