export type { Ability } from "./may.ts";
export { may, reaches } from "./may.ts";
export type { Authenticator, CredentialStore } from "./ports.ts";
export type { SipToken, SipTokens } from "./sip-tokens.ts";
export { createSipTokens } from "./sip-tokens.ts";
export type { Actor, ApiKey, Credential, KeyLimits } from "./types.ts";
export { actorOfUser, noLimits } from "./types.ts";
