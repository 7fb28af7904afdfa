import type { DeviceId, Instant, TenantId, UserId } from "@cordboard/kernel";
import type { SipSecrets } from "./ports.ts";

/** A registration as it is kept, so that a restart forgets nobody. `binding` is plain data of the SIP registrar. */
export interface StoredContact {
  readonly tenant: TenantId;
  readonly user: UserId;
  readonly device: DeviceId;
  /** Address of record, `sip:101@demo.localhost`. */
  readonly aor: string;
  readonly binding: unknown;
  readonly expiresAt: Instant;
}

/** Where registrations outlive the process. */
export interface ContactStore {
  /** Every contact whose time is not over. */
  load(): Promise<readonly StoredContact[]>;
  /** Replaces all contacts of the address of record; settles when committed. */
  save(tenant: TenantId, aor: string, contacts: readonly StoredContact[]): Promise<void>;
}

/** Digest secrets from memory: REGISTER and INVITE are authenticated without waiting for anything. */
export interface SipSecretSource {
  secretsOf(tenant: TenantId, user: UserId): SipSecrets | undefined;
}
