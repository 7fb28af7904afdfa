export type { ContactStore, SipSecretSource, StoredContact } from "./contacts.ts";
export type { DeviceView, DirectoryEventData } from "./events.ts";
export type { Directory, SipSecrets } from "./ports.ts";
export type { SoundProtection, SoundProtections } from "./sound-protection.ts";
export { everyProtection, plainProtections, protectionOf } from "./sound-protection.ts";
export type { Device, ForwardTarget, ReachPreferences, Role, Service, Tenant, Trunk, User } from "./types.ts";
export { plainReach } from "./types.ts";
