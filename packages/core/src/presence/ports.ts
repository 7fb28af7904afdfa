import type { TenantId, UserId } from "@cordboard/kernel";
import type { OwnStatus, StoredStatus } from "./types.ts";

/** Where what users say of themselves outlives the process. */
export interface OwnStatusStore {
  /** Every status that has been kept; one whose time is over may be left out. */
  load(): Promise<readonly StoredStatus[]>;
  /** Replaces the user's status, or with null removes it; settles when committed. */
  save(tenant: TenantId, user: UserId, status: OwnStatus | null): Promise<void>;
}
