/** A way of SRTP to encrypt and authenticate, by the name of its crypto suite. @rfc 4568#6.2 @rfc 6188#4.1 @rfc 7714#14.2 */
export type SrtpProfileName =
  | "AEAD_AES_256_GCM"
  | "AEAD_AES_128_GCM"
  | "AES_256_CM_HMAC_SHA1_80"
  | "AES_CM_128_HMAC_SHA1_80"
  | "AES_CM_128_HMAC_SHA1_32";

/** What a profile is made of; lengths in bytes. */
export interface SrtpProfile {
  readonly name: SrtpProfileName;
  readonly isAead: boolean;
  /** Master key, and session key of the cipher. */
  readonly keyBytes: 16 | 32;
  /** Master salt. */
  readonly saltBytes: 12 | 14;
  /** What a packet of RTP grows by. */
  readonly tagBytes: 4 | 10 | 16;
  /** What the tag of a packet of RTCP takes, beside its four bytes of index. */
  readonly rtcpTagBytes: 10 | 16;
  /** Its number in the `use_srtp` extension of DTLS; undefined where it has none. @rfc 5764#4.1.2 @rfc 7714#14.2 */
  readonly dtlsNumber: number | undefined;
}

const aead = { isAead: true, saltBytes: 12, tagBytes: 16, rtcpTagBytes: 16 } as const;
const counterMode = { isAead: false, saltBytes: 14, tagBytes: 10, rtcpTagBytes: 10 } as const;

/** All that we speak, the strongest first. */
export const srtpProfiles: readonly SrtpProfile[] = [
  { ...aead, name: "AEAD_AES_256_GCM", keyBytes: 32, dtlsNumber: 8 },
  { ...aead, name: "AEAD_AES_128_GCM", keyBytes: 16, dtlsNumber: 7 },
  { ...counterMode, name: "AES_256_CM_HMAC_SHA1_80", keyBytes: 32, dtlsNumber: undefined },
  { ...counterMode, name: "AES_CM_128_HMAC_SHA1_80", keyBytes: 16, dtlsNumber: 1 },
  { ...counterMode, name: "AES_CM_128_HMAC_SHA1_32", keyBytes: 16, tagBytes: 4, dtlsNumber: 2 },
];

/** The profile of a suite's registered name; letter case does not matter. */
export const srtpProfileNamed = (name: string): SrtpProfile | undefined =>
  srtpProfiles.find((profile) => profile.name === name.toUpperCase());

/** The profile of a number in `use_srtp`. */
export const srtpProfileNumbered = (number: number): SrtpProfile | undefined =>
  srtpProfiles.find((profile) => profile.dtlsNumber === number);
