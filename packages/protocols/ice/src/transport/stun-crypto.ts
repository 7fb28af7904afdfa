import { createHmac } from "node:crypto";
import type { StunCrypto } from "../stun/message.ts";

/** STUN's signature by Node. */
export const nodeStunCrypto: StunCrypto = {
  hmacSha1: (key, bytes) => createHmac("sha1", key).update(bytes).digest(),
};
