/** Digests by which a certificate may be named. @rfc 8122#5 */
export type FingerprintHash = "sha-256" | "sha-384" | "sha-512";

/** Digest of the certificate that a side will show: pairs of hexadecimal digits with colons between. */
export interface Fingerprint {
  readonly hash: FingerprintHash;
  readonly value: string;
}

/** Groups in which keys are agreed, by their numbers. @rfc 8422#5.1.1 */
export const group = { x25519: 29, secp256r1: 23 } as const;
/** Number of a {@link group}. */
export type GroupNumber = (typeof group)[keyof typeof group];

/** Ways to sign that we check, by their numbers; the first is our own. @rfc 8446#4.2.3 */
export const signatureScheme = {
  ecdsaSecp256r1Sha256: 0x0403,
  rsaPssRsaeSha256: 0x0804,
  rsaPkcs1Sha256: 0x0401,
} as const;

/** A key of ours for one handshake. */
export interface EphemeralKey {
  readonly publicKey: Uint8Array;
  /** The secret shared with the owner of a public key; undefined for what is no such key. */
  agree(theirs: Uint8Array): Uint8Array | undefined;
}

/** What DTLS is made of; the platform brings it, because protocols import nothing of it. */
export interface DtlsCrypto {
  sha256(bytes: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  makeKey(group: GroupNumber): EphemeralKey;
  /** Digest of a certificate as a description names it. */
  fingerprint(hash: FingerprintHash, certificate: Uint8Array): string;
  /** Our certificate, X.509 in DER. */
  readonly certificate: Uint8Array;
  /** ECDSA with SHA-256, by the key of our certificate. */
  sign(bytes: Uint8Array): Uint8Array;
  /** Checks a signature by the key of a certificate. False also for what is no certificate, or a way to sign that we do not know. */
  verify(certificate: Uint8Array, scheme: number, bytes: Uint8Array, signature: Uint8Array): boolean;
  /** AES-128-GCM: the cipher text, and its tag of 16 bytes after it. */
  seal(key: Uint8Array, nonce: Uint8Array, known: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Undoes {@link DtlsCrypto.seal}; undefined when the tag does not fit. */
  open(key: Uint8Array, nonce: Uint8Array, known: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}
