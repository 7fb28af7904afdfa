import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import type { SrtpCrypto } from "../srtp/crypto.ts";

const TAG_BYTES = 16;

/** SRTP's ciphers and digests by Node. Keys of 16 or 32 bytes. */
export const nodeSrtpCrypto: SrtpCrypto = {
  counterMode: (key, counter, bytes) => createCipheriv(`aes-${bits(key)}-ctr`, key, counter).update(bytes),
  hmacSha1(key, head, tail) {
    const hmac = createHmac("sha1", key).update(head);
    return (tail === undefined ? hmac : hmac.update(tail)).digest();
  },
  seal(key, nonce, known, plain) {
    const cipher = createCipheriv(`aes-${bits(key)}-gcm`, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(known);
    const sealed = cipher.update(plain);
    cipher.final();
    return Buffer.concat([sealed, cipher.getAuthTag()]);
  },
  open(key, nonce, known, sealed) {
    if (sealed.length < TAG_BYTES) return undefined;
    const decipher = createDecipheriv(`aes-${bits(key)}-gcm`, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(known);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
    try {
      decipher.final();
      return plain;
    } catch {
      return undefined;
    }
  },
};

const bits = (key: Uint8Array): 128 | 256 => (key.length === 16 ? 128 : 256);
