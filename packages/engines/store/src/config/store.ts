import type {
  ApiKey,
  KeyLimits,
  MailWishes,
  Role,
  Service,
  SipSecrets,
  SoundProtection,
  SoundProtections,
  Tenant,
  Trunk,
  User,
} from "@cordboard/core";
import type { KeyId, Result, TenantId, TrunkId, UserId } from "@cordboard/kernel";
import type { ConfigListener } from "./changes.ts";
import type { ReachChange } from "./reach.ts";
import type { ConfigRefusal } from "./refusals.ts";
import type { ListedKey } from "./rows.ts";

/** What a step of {@link ConfigStore} comes to. */
export type Changed<Value> = Promise<Result<Value, ConfigRefusal>>;

/** A user to be added, with the secrets that it may have. */
export interface NewUser {
  /** Its number within the tenant, or `admin` for the tenant's administrator. */
  readonly extension: string;
  readonly name: string;
  readonly role: Role;
  readonly mobile: string | null;
  readonly sipSecrets?: SipSecrets;
  /** Argon2id hash of the web password. */
  readonly passwordHash?: string;
}

/** An API key to be kept, by the SHA-256 of its text in lower-case hexadecimal. */
export interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly limits: KeyLimits;
  readonly sha256: string;
}

/** What is to be different in how a user wants messages by e-mail; what is absent stays as it is. Without an address there are none. */
export interface MailChange {
  readonly address?: string | null | undefined;
  readonly hasSound?: boolean | undefined;
  readonly isDeletedAfter?: boolean | undefined;
}

/** What is said of the sound of a user's phones: of one, by its instance, or with null of all of which nothing else is said. */
export interface SaidProtection {
  readonly instance: string | null;
  readonly protection: SoundProtection;
}

/** Days after which something that was recorded is deleted, 1 to 36,500; null: never. */
export interface Retention {
  readonly recordings: number | null;
  readonly messages: number | null;
}

/**
 * The configuration. Every change is one commit, told to the listeners as one list of changes before it settles; changes are made one
 * after the other, so that listeners hear them in the order of commits.
 */
export interface ConfigStore {
  /** Adds a company; its recordings tell of themselves by a tone, until that is changed. */
  addTenant(tenant: Omit<Tenant, "id" | "hasRecordingNotice">): Changed<Tenant>;
  tenants(): Promise<readonly Tenant[]>;
  /** How long the tenant keeps what was recorded; `undefined` when there is no such tenant. */
  retention(tenant: TenantId): Promise<Retention | undefined>;
  setRetention(tenant: TenantId, change: Partial<Retention>): Changed<Retention>;
  /** Says whether a tone tells of recordings that begin from now on. */
  setRecordingNotice(tenant: TenantId, isGiven: boolean): Changed<Tenant>;

  addUser(tenant: TenantId, user: NewUser): Changed<User>;
  users(tenant: TenantId): Promise<readonly User[]>;
  /** Removes the user with all secrets and registrations. */
  removeUser(tenant: TenantId, id: UserId): Changed<User>;
  /** Changes how the user wants to be reached; numbers are kept as they are dialled. */
  changeReach(tenant: TenantId, id: UserId, change: ReachChange): Changed<User>;
  /** Says whether every talk of the user is recorded. */
  setAlwaysRecorded(tenant: TenantId, id: UserId, isAlways: boolean): Changed<User>;
  /** How the user wants messages by e-mail; null: not at all. */
  mailWishes(tenant: TenantId, id: UserId): Promise<MailWishes | null>;
  /** Changes that. Without an address there is nothing to change but the address. */
  changeMail(tenant: TenantId, id: UserId, change: MailChange): Changed<MailWishes | null>;
  /** Says how phones of the user keep their sound from others. Refused for more than 32 single phones of one user. */
  setSoundProtection(tenant: TenantId, id: UserId, said: SaidProtection): Changed<SoundProtections>;
  setSipSecrets(tenant: TenantId, id: UserId, secrets: SipSecrets): Changed<void>;
  setPasswordHash(tenant: TenantId, id: UserId, hash: string): Changed<void>;

  addKey(tenant: TenantId, key: NewKey): Changed<ApiKey>;
  /** All keys that there ever were, oldest first. */
  keys(tenant: TenantId): Promise<readonly ListedKey[]>;
  /** Ends a key at once; refused for one that is revoked already. */
  revokeKey(tenant: TenantId, id: KeyId): Changed<ApiKey>;

  addService(tenant: TenantId, service: Omit<Service, "tenant">): Changed<Service>;
  services(tenant: TenantId): Promise<readonly Service[]>;
  removeService(tenant: TenantId, number: string): Changed<Service>;

  addTrunk(tenant: TenantId, trunk: Omit<Trunk, "id" | "tenant">): Changed<Trunk>;
  trunks(tenant: TenantId): Promise<readonly Trunk[]>;
  removeTrunk(tenant: TenantId, id: TrunkId): Changed<Trunk>;

  /** Tells of each commit until the returned function is called. */
  onChange(listener: ConfigListener): () => void;
  /** Like {@link onChange}, but begins with all that there is, as one list: so a read-model fills and stays current. */
  follow(listener: ConfigListener): Promise<() => void>;
}
