import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from "node:crypto";
import type { Aead, CounterMode, SrtpCrypto } from "../srtp/crypto.ts";

const TAG_BYTES = 16;
const BLOCK_BYTES = 16;

/** SRTP's ciphers and digests by Node. */
export const nodeSrtpCrypto: SrtpCrypto = {
  counterMode,
  hmacSha1(bytes) {
    const key = createSecretKey(bytes);
    return (head, tail) => {
      const hmac = createHmac("sha1", key).update(head);
      return (tail === undefined ? hmac : hmac.update(tail)).digest();
    };
  },
  aead,
};

const bits = (key: Uint8Array): 128 | 256 => (key.length === BLOCK_BYTES ? 128 : 256);

/**
 * Counter mode out of single blocks: a cipher of blocks has no state between them, so one serves all packets of a key, at a fraction of what
 * a cipher of their own for each would cost.
 */
function counterMode(key: Uint8Array): CounterMode {
  const blocks = createCipheriv(`aes-${bits(key)}-ecb`, key, null).setAutoPadding(false);
  return (counter, bytes) => {
    const count = Math.ceil(bytes.length / BLOCK_BYTES);
    const counters = Buffer.alloc(count * BLOCK_BYTES);
    const first = ((counter[14] ?? 0) << 8) | (counter[15] ?? 0);
    for (let i = 0; i < count; i++) {
      counters.set(counter, i * BLOCK_BYTES);
      // Packets are short of 2¹⁶ blocks, so the count stays in the last two bytes (RFC 3711 §4.1.1).
      counters.writeUInt16BE((first + i) & 0xffff, i * BLOCK_BYTES + 14);
    }
    const stream = blocks.update(counters);
    const out = new Uint8Array(bytes.length);
    for (let i = 0; i < out.length; i++) out[i] = (bytes[i] ?? 0) ^ (stream[i] ?? 0);
    return out;
  };
}

function aead(bytes: Uint8Array): Aead {
  // A key that has been read once need not be read for each packet, which would cost five times the rest.
  const key = createSecretKey(bytes);
  const algorithm = `aes-${bits(bytes)}-gcm` as const;
  const options = { authTagLength: TAG_BYTES };
  return {
    seal(nonce, known, plain) {
      const cipher = createCipheriv(algorithm, key, nonce, options);
      cipher.setAAD(known);
      const sealed = cipher.update(plain);
      cipher.final();
      return Buffer.concat([sealed, cipher.getAuthTag()]);
    },
    open(nonce, known, sealed) {
      if (sealed.length < TAG_BYTES) return undefined;
      const decipher = createDecipheriv(algorithm, key, nonce, options);
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
}
