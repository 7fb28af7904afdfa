import type { Aead, CounterMode, HmacSha1, SrtpCrypto } from "./crypto.ts";
import type { SrtpProfile } from "./profile.ts";

/** A master key with its salt, for one direction. */
export interface SrtpMasterKey {
  readonly profile: SrtpProfile;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** The keys for packets of one kind, RTP or RTCP. */
interface SessionKeys {
  readonly cipher: Uint8Array;
  readonly salt: Uint8Array;
  /** Empty where the cipher authenticates by itself. */
  readonly authentication: Uint8Array;
}

/** What packets of one kind are worked on with. */
export type SrtpTools = { readonly salt: Uint8Array } & (
  | { readonly aead: Aead }
  | { readonly aead: undefined; readonly cipher: CounterMode; readonly hmac: HmacSha1 }
);

const AUTHENTICATION_BYTES = 20;

/** Cuts a master key and the salt behind it out of one piece; undefined when that is not as long as the profile wants it. */
export function masterKeyOf(profile: SrtpProfile, keyAndSalt: Uint8Array): SrtpMasterKey | undefined {
  if (keyAndSalt.length !== profile.keyBytes + profile.saltBytes) return undefined;
  return { profile, key: keyAndSalt.slice(0, profile.keyBytes), salt: keyAndSalt.slice(profile.keyBytes) };
}

/**
 * The session keys of a master key, of which there is one set for its whole life (key derivation rate 0).
 * @rfc 3711#4.3
 * @rfc 7714#11
 */
export function sessionKeysOf(
  crypto: SrtpCrypto,
  { profile, key, salt }: SrtpMasterKey,
  kind: "rtp" | "rtcp",
): SessionKeys {
  const first = kind === "rtp" ? 0 : 3;
  const cipher = crypto.counterMode(key);
  const derive = (label: number, bytes: number): Uint8Array => {
    // A salt of 12 bytes counts as one of 14 with zeros behind.
    const counter = new Uint8Array(16);
    counter.set(salt);
    counter[7] = (counter[7] ?? 0) ^ label;
    return cipher(counter, new Uint8Array(bytes));
  };
  return {
    cipher: derive(first, profile.keyBytes),
    authentication: profile.isAead ? new Uint8Array(0) : derive(first + 1, AUTHENTICATION_BYTES),
    salt: derive(first + 2, profile.saltBytes),
  };
}

/** Ciphers and digests under the session keys of a master key. */
export function srtpTools(crypto: SrtpCrypto, master: SrtpMasterKey, kind: "rtp" | "rtcp"): SrtpTools {
  const { cipher, salt, authentication } = sessionKeysOf(crypto, master, kind);
  if (master.profile.isAead) return { salt, aead: crypto.aead(cipher) };
  return { salt, aead: undefined, cipher: crypto.counterMode(cipher), hmac: crypto.hmacSha1(authentication) };
}
