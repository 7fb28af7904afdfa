import type { KeyId, TenantId, UserId } from "@cordboard/kernel";
import type { Role, User } from "../directory/index.ts";

/** Who asks: the one value that every permission and projection depends on. */
export interface Actor {
  readonly tenant: TenantId;
  readonly kind: "user" | "key" | "system";
  /** The user behind the credential, when there is one. */
  readonly user: UserId | undefined;
  readonly extension: string | undefined;
  readonly key: KeyId | undefined;
  readonly roles: readonly Role[];
  readonly limits: KeyLimits;
}

/** A user who acts for itself. */
export const actorOfUser = ({ tenant, id, extension, role }: User): Actor => ({
  tenant,
  kind: "user",
  user: id,
  extension,
  key: undefined,
  roles: [role],
  limits: noLimits,
});

/** What narrows a key. `null` is no limit of that kind. */
export interface KeyLimits {
  /** Extensions it may act for and see, or null for all of the tenant. */
  readonly extensions: readonly string[] | null;
  /** Requests a minute. */
  readonly ratePerMinute: number | null;
  /** Calls up at once that it started. */
  readonly concurrentCalls: number | null;
}

/** A stored API key; the key's text itself is never stored, only its SHA-256. */
export interface ApiKey {
  readonly id: KeyId;
  readonly tenant: TenantId;
  readonly name: string;
  readonly role: Role;
  readonly limits: KeyLimits;
}

/** What a request may carry to say who it is. */
export type Credential =
  | { readonly kind: "key"; readonly token: string }
  | {
      readonly kind: "password";
      readonly tenant: TenantId;
      readonly name: string;
      readonly password: string;
    };

/** Unlimited limits. */
export const noLimits: KeyLimits = {
  extensions: null,
  ratePerMinute: null,
  concurrentCalls: null,
};
