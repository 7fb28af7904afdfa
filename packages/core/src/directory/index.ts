export type { ContactStore, SipSecretSource, StoredContact } from "./contacts.ts";
export type { DeviceView, DirectoryEventData } from "./events.ts";
export type { Directory, SipSecrets } from "./ports.ts";
export type { Device, ForwardTarget, ReachPreferences, Role, Service, Tenant, Trunk, User } from "./types.ts";
export { plainReach } from "./types.ts";
