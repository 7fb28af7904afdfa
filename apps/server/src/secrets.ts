import type { SipSecrets, Tenant } from "@cordboard/core";
import type { Hash, Random } from "@cordboard/kernel";

/** Characters that people do not mix up when they read a password aloud. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const PASSWORD_LENGTH = 16;
const KEY_LENGTH = 32;

/** A password of 16 characters, 80 bits. */
export const makePassword = (random: Random): string => letters(random, PASSWORD_LENGTH);

/** The text of a new API key: `cb_` and 32 random characters, 160 bits. */
export const makeKey = (random: Random): string => `cb_${letters(random, KEY_LENGTH)}`;

function letters(random: Random, count: number): string {
  let text = "";
  for (const byte of random.bytes(count)) text += LETTERS[byte % LETTERS.length] ?? "";
  return text;
}

/** What is stored of a SIP password: HA1 for both algorithms, bound to the tenant's realm (RFC 7616 §3.4.2, RFC 8760). */
export function sipSecrets(
  hash: Hash,
  tenant: Pick<Tenant, "realm">,
  login: { readonly user: string; readonly password: string },
): SipSecrets {
  const text = `${login.user}:${tenant.realm}:${login.password}`;
  return { md5: hash.hex("md5", text), sha256: hash.hex("sha256", text) };
}
