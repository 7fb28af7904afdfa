/** The ciphers and digests that SRTP is made of; the platform brings them, because protocols import nothing of it. */
export interface SrtpCrypto {
  /** AES in counter mode: `bytes` with the key stream that begins at `counter` (16 bytes) laid over them. */
  counterMode(key: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** HMAC-SHA1 (20 bytes) of `head` and, where it is given, `tail` after it. */
  hmacSha1(key: Uint8Array, head: Uint8Array, tail?: Uint8Array): Uint8Array;
  /** AES-GCM: the cipher text, and its tag of 16 bytes after it. */
  seal(key: Uint8Array, nonce: Uint8Array, known: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Undoes {@link SrtpCrypto.seal}; undefined when the tag does not fit. */
  open(key: Uint8Array, nonce: Uint8Array, known: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}
