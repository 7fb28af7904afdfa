export type { NgAddress } from "./ng-address.ts";
export { ngAddressText, parseNgAddresses } from "./ng-address.ts";
export { createRelayedSound } from "./relayed-sound.ts";
export type { RelayedSound, RelayedSoundOptions } from "./relayed-sound-options.ts";
