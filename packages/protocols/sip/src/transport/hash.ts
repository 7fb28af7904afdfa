import type { KeyObject } from "node:crypto";
import { createHmac, createSecretKey, hash } from "node:crypto";
import type { Hash } from "@cordboard/kernel";

/** Keys in Node's own form: making one takes ten times as long as using it. Its bytes are not to be changed afterwards. */
const keys = new WeakMap<Uint8Array, KeyObject>();

/** The kernel's hash port on Node's own crypto. */
export const nodeHash: Hash = {
  hex: (algorithm, text) => hash(algorithm, text, "hex"),
  hmac: (key, text) => createHmac("sha256", keyOf(key)).update(text).digest("hex"),
};

function keyOf(bytes: Uint8Array): KeyObject {
  const known = keys.get(bytes);
  if (known !== undefined) return known;
  const key = createSecretKey(bytes);
  keys.set(bytes, key);
  return key;
}
