export { nodeDtlsCrypto } from "./dtls-crypto.ts";
export type { DtlsIdentity } from "./identity.ts";
export { fingerprintOf, makeDtlsIdentity } from "./identity.ts";
