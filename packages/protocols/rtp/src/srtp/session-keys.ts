import type { SrtpCrypto } from "./crypto.ts";
import type { SrtpProfile } from "./profile.ts";

/** A master key with its salt, for one direction. */
export interface SrtpMasterKey {
  readonly profile: SrtpProfile;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** What packets of one kind (RTP or RTCP) are worked on with. */
export interface SrtpSessionKeys {
  readonly cipher: Uint8Array;
  readonly salt: Uint8Array;
  /** Empty where the cipher authenticates by itself. */
  readonly authentication: Uint8Array;
}

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
): SrtpSessionKeys {
  const first = kind === "rtp" ? 0 : 3;
  const derive = (label: number, bytes: number): Uint8Array => {
    // A salt of 12 bytes counts as one of 14 with zeros behind.
    const counter = new Uint8Array(16);
    counter.set(salt);
    counter[7] = (counter[7] ?? 0) ^ label;
    return crypto.counterMode(key, counter, new Uint8Array(bytes));
  };
  return {
    cipher: derive(first, profile.keyBytes),
    authentication: profile.isAead ? new Uint8Array(0) : derive(first + 1, AUTHENTICATION_BYTES),
    salt: derive(first + 2, profile.saltBytes),
  };
}
