import type { TenantId, TrunkId, UserId } from "@cordboard/kernel";
import type { SoundProtections } from "./sound-protection.ts";
import type { Device, Service, Tenant, Trunk, User } from "./types.ts";

/** The configuration as read-model: in memory, current from each commit on, read by every decision. */
export interface Directory {
  tenant(id: TenantId): Tenant | undefined;
  defaultTenant(): Tenant;
  /** The tenant of a SIP or HTTP host name; letter case does not matter. */
  tenantOfDomain(domain: string): Tenant | undefined;
  user(tenant: TenantId, id: UserId): User | undefined;
  userAt(tenant: TenantId, extension: string): User | undefined;
  users(tenant: TenantId): readonly User[];
  serviceAt(tenant: TenantId, number: string): Service | undefined;
  services(tenant: TenantId): readonly Service[];
  trunk(tenant: TenantId, id: TrunkId): Trunk | undefined;
  trunks(tenant: TenantId): readonly Trunk[];
  /** Where the user's endpoints are registered now. */
  devices(tenant: TenantId, user: UserId): readonly Device[];
  allDevices(tenant: TenantId): readonly Device[];
  /** What is said of the sound of the user's phones, registered or not. */
  soundProtections(tenant: TenantId, user: UserId): SoundProtections;
}

/** Digest secrets of one user, HA1 = H(username:realm:password) (RFC 7616 §3.4.2, RFC 8760). */
export interface SipSecrets {
  readonly md5: string;
  readonly sha256: string;
}
