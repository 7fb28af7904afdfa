export { nodeSrtpCrypto } from "./srtp-crypto.ts";
