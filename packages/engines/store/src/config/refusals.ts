import { sqlState, violated } from "../writing/refusal.ts";

/** Why a change of the configuration is refused. */
export type ConfigRefusal =
  | { readonly code: "domain-taken"; readonly domain: string }
  | { readonly code: "default-tenant-exists" }
  | { readonly code: "number-taken"; readonly number: string }
  | { readonly code: "name-taken"; readonly name: string }
  | { readonly code: "key-taken" }
  | { readonly code: "invalid-number"; readonly number: string }
  | { readonly code: "invalid-mail-address"; readonly address: string }
  /** Nothing can be said of mail to nowhere. */
  | { readonly code: "no-mail-address" }
  /** Seconds or days that are no whole number from `least` to `most`. */
  | { readonly code: "out-of-range"; readonly what: string; readonly least: number; readonly most: number }
  /** So many phones of one user are spoken of already. */
  | { readonly code: "too-many-phones"; readonly most: number }
  | { readonly code: "no-such-tenant" }
  | { readonly code: "no-such-user" }
  | { readonly code: "no-such-key" }
  | { readonly code: "no-such-service" }
  | { readonly code: "no-such-trunk" };

const FOREIGN_KEY = "23503";

/** What the names of violated constraints mean to whoever asked for the change. */
export type Meanings = Readonly<Record<string, ConfigRefusal>>;

/** The refusal that a database error stands for, or nothing when it is a fault. */
export function refusalOf(error: unknown, meanings: Meanings): ConfigRefusal | undefined {
  const constraint = violated(error);
  const known = constraint === undefined ? undefined : meanings[constraint];
  return known ?? (sqlState(error) === FOREIGN_KEY ? { code: "no-such-tenant" } : undefined);
}
