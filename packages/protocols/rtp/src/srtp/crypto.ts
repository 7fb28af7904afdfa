/** AES in counter mode under one key: `bytes` with the key stream that begins at `counter` (16 bytes) laid over them. */
export type CounterMode = (counter: Uint8Array, bytes: Uint8Array) => Uint8Array;

/** HMAC-SHA1 (20 bytes) under one key, of `head` and, where it is given, `tail` after it. */
export type HmacSha1 = (head: Uint8Array, tail?: Uint8Array) => Uint8Array;

/** AES-GCM under one key. */
export interface Aead {
  /** The cipher text, and its tag of 16 bytes after it. `known` is covered by the tag too. */
  seal(nonce: Uint8Array, known: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Undoes {@link Aead.seal}; undefined when the tag does not fit. */
  open(nonce: Uint8Array, known: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

/**
 * The ciphers and digests that SRTP is made of; the platform brings them, because protocols import nothing of it. Each is made once for a
 * key, which costs, and then used for every packet. Keys of ciphers have 16 or 32 bytes.
 */
export interface SrtpCrypto {
  counterMode(key: Uint8Array): CounterMode;
  hmacSha1(key: Uint8Array): HmacSha1;
  aead(key: Uint8Array): Aead;
}
