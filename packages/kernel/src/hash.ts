/** Digests that protocols need; the platform brings them, because kernel and protocols import nothing of it. */
export interface Hash {
  /** Digest of `text` (UTF-8) as lower-case hexadecimal. MD5 is for SIP digest alone (RFC 8760 §2.1). */
  hex(algorithm: "md5" | "sha256", text: string): string;
  /** HMAC-SHA-256 of `text` under `key`, as lower-case hexadecimal. */
  hmac(key: Uint8Array, text: string): string;
}

/** Compares two texts of any length in a time that depends only on the length of `given`. */
export function sameText(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length;
  for (let i = 0; i < given.length; i++)
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i % (expected.length || 1));
  return difference === 0;
}
