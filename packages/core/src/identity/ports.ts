import type { TenantId } from "@cordboard/kernel";
import type { User } from "../directory/index.ts";
import type { Actor, ApiKey, Credential } from "./types.ts";

/** Turns a credential into an actor; `undefined` for anything that is wrong, in the same time for every reason. */
export interface Authenticator {
  authenticate(credential: Credential): Promise<Actor | undefined>;
}

/** Where credentials are looked up. */
export interface CredentialStore {
  /** The live key whose SHA-256 (lower-case hexadecimal) this is. */
  keyByHash(sha256: string): Promise<ApiKey | undefined>;
  /** The user of a web log-in with the Argon2id hash of its password. `name` is an extension or `admin`. */
  webLogin(tenant: TenantId, name: string): Promise<{ readonly user: User; readonly passwordHash: string } | undefined>;
}
