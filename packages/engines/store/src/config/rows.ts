import type { ApiKey, KeyLimits, Role, Service, Tenant, Trunk, User } from "@cordboard/core";
import type { Instant, KeyId, TenantId, TrunkId, UserId } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type {
  ApiKeysTable,
  ServicesTable,
  SipSecretsTable,
  TenantsTable,
  TrunksTable,
  UsersTable,
} from "../database/schema.ts";
import type { Sealed } from "../sealing/sealer.ts";
import type { StoredKey } from "./changes.ts";
import { reachOf } from "./reach.ts";

/** A tenant from its row. */
export const tenantOf = (row: Selectable<TenantsTable>): Tenant => ({
  id: row.tenant_id as TenantId,
  domain: row.domain,
  realm: row.realm,
  timeZone: row.time_zone,
  country: row.country,
  language: row.language,
  isDefault: row.is_default,
  hasRecordingNotice: row.has_recording_notice,
});

/** A user from its row. */
export const userOf = (row: Selectable<UsersTable>): User => ({
  id: row.user_id as UserId,
  tenant: row.tenant_id as TenantId,
  extension: row.extension,
  name: row.name,
  role: row.role as Role,
  mobile: row.mobile,
  reach: reachOf(row.reach),
  isAlwaysRecorded: row.is_always_recorded,
});

/** A service from its row. */
export const serviceOf = (row: Selectable<ServicesTable>): Service => ({
  tenant: row.tenant_id as TenantId,
  number: row.number,
  kind: row.kind as Service["kind"],
});

/** A trunk from its row. */
export const trunkOf = (row: Selectable<TrunksTable>): Trunk => ({
  id: row.trunk_id as TrunkId,
  tenant: row.tenant_id as TenantId,
  name: row.name,
  address: row.address,
  transport: row.transport as Trunk["transport"],
  prefixes: row.prefixes,
  maxCalls: row.max_calls,
});

/** A key from its row, without its hash. */
export const keyOf = (row: Selectable<ApiKeysTable>): ApiKey => ({
  id: row.key_id as KeyId,
  tenant: row.tenant_id as TenantId,
  name: row.name,
  role: row.role as Role,
  limits: row.limits as KeyLimits,
});

/** A key from its row, with its hash. */
export const storedKeyOf = (row: Selectable<ApiKeysTable>): StoredKey => ({ ...keyOf(row), sha256: row.sha256 });

/** A key as the command line lists it. */
export interface ListedKey extends ApiKey {
  readonly createdAt: Instant;
  /** When it was revoked, or null while it is good. */
  readonly revokedAt: Instant | null;
}

/** A key from its row, as it is listed. */
export const listedKeyOf = (row: Selectable<ApiKeysTable>): ListedKey => ({
  ...keyOf(row),
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
});

/** A sealed secret from its row. */
export const sealedOf = (row: Selectable<SipSecretsTable>): Sealed => ({
  keyId: row.key_id,
  nonce: row.nonce,
  body: row.body,
});
