export { createRelayedSound } from "./relayed-sound.ts";
export { openNgLink } from "./ng-link.ts";
