export type { NgAddress } from "./ng-address.ts";
export { ngAddressText, parseNgAddress } from "./ng-address.ts";
export type { RelayedSound, RelayedSoundOptions } from "./relayed-sound.ts";
export { createRelayedSound } from "./relayed-sound.ts";
