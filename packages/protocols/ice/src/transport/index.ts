export { nodeStunCrypto } from "./stun-crypto.ts";
