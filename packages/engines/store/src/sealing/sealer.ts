import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Hash, Random } from "@cordboard/kernel";

/** A secret as it is stored. */
export interface Sealed {
  /** Which key sealed it. */
  readonly keyId: string;
  /** 12 bytes, never twice under one key. */
  readonly nonce: Uint8Array;
  /** Ciphertext, then the tag of 16 bytes. */
  readonly body: Uint8Array;
}

/** Seals secrets that must be used again, and opens them. */
export interface Sealer {
  /** Seals a text. `boundTo` says whose it is; it is not stored, and only the same opens it. */
  seal(text: string, boundTo: readonly string[]): Sealed;
  /** The text, or nothing when the key is another, the owner is another, or a bit is changed. */
  open(sealed: Sealed, boundTo: readonly string[]): string | undefined;
}

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A sealer with AES-256-GCM under a key of 32 bytes. */
export function sealerOf(key: Uint8Array, { random, hash }: { readonly random: Random; readonly hash: Hash }): Sealer {
  const keyId = hash.hex("sha256", `key id of ${Buffer.from(key).toString("hex")}`).slice(0, 16);
  return {
    seal(text, boundTo) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(nameOf(boundTo));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return { keyId, nonce, body };
    },
    open(sealed, boundTo) {
      if (sealed.keyId !== keyId || sealed.nonce.length !== NONCE_BYTES) return undefined;
      if (sealed.body.length < TAG_BYTES) return undefined;
      const cut = sealed.body.length - TAG_BYTES;
      const decipher = createDecipheriv(ALGORITHM, key, sealed.nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(nameOf(boundTo)).setAuthTag(sealed.body.subarray(cut));
      try {
        return Buffer.concat([decipher.update(sealed.body.subarray(0, cut)), decipher.final()]).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}

/** As JSON, so that no two lists of texts come to the same bytes. */
const nameOf = (boundTo: readonly string[]): Buffer => Buffer.from(JSON.stringify(boundTo), "utf8");
