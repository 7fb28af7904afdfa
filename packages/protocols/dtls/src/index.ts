export type { AgreedKeys, DtlsParts, DtlsSnapshot, DtlsTerms } from "./association.ts";
export { DtlsAssociation } from "./association.ts";
export type { DtlsCrypto, EphemeralKey, Fingerprint, FingerprintHash, GroupNumber } from "./crypto.ts";
export { isDtls } from "./record.ts";
export type { KeyedProfile } from "./secrets.ts";
