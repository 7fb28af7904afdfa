import type { HistoryQuery, HistoryView, KeyLimits, Role, User } from "@cordboard/core";
import type { KeyId, Result, TenantId } from "@cordboard/kernel";
import type { CommandRefusal } from "./refusal.ts";

/** A user as the command line shows it. */
export type ShownUser = Pick<User, "id" | "extension" | "name" | "role" | "mobile">;

/** A key as the command line shows it; its text is shown once, when it is made. */
export interface ShownKey {
  readonly id: KeyId;
  readonly name: string;
  readonly role: Role;
  readonly limits: KeyLimits;
}

/** What a new user is made of. Passwords that are not given are made. */
export interface NewUser {
  readonly extension: string;
  readonly name: string;
  readonly role: Role;
  readonly mobile?: string | undefined;
  readonly sipPassword?: string | undefined;
  readonly webPassword?: string | undefined;
}

/** What a new key is made of. */
export interface NewKey extends KeyLimits {
  readonly name: string;
  readonly role: Role;
}

/** The certificate that the server shows. */
export interface ShownCertificate {
  readonly fingerprint: string;
  readonly subject: string;
  readonly names: string;
  readonly validUntil: string;
  /** Where the local authority's certificate lies, for programs that are to trust it; null when it is not ours. */
  readonly authority: string | null;
}

/** What administrators do from the command line, whether a server runs or not. */
export interface Administration {
  /** The tenant of a domain; the default one when no domain is named. */
  tenantOf(domain: string | undefined): TenantId | undefined;
  addUser(
    tenant: TenantId,
    user: NewUser,
  ): Promise<
    Result<{ readonly user: ShownUser; readonly sipPassword: string; readonly webPassword: string }, CommandRefusal>
  >;
  listUsers(tenant: TenantId): Promise<readonly ShownUser[]>;
  removeUser(tenant: TenantId, extension: string): Promise<Result<undefined, CommandRefusal>>;
  createKey(tenant: TenantId, key: NewKey): Promise<Result<ShownKey & { readonly key: string }, CommandRefusal>>;
  listKeys(tenant: TenantId): Promise<readonly ShownKey[]>;
  revokeKey(tenant: TenantId, id: KeyId): Promise<Result<undefined, CommandRefusal>>;
  history(tenant: TenantId, query: HistoryQuery): Promise<readonly HistoryView[]>;
  certificate(): Promise<ShownCertificate>;
}
