import { createHmac, hash } from "node:crypto";
import type { Hash } from "@cordboard/kernel";

/** The kernel's hash port on Node's own crypto. */
export const nodeHash: Hash = {
  hex: (algorithm, text) => hash(algorithm, text, "hex"),
  hmac: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};
