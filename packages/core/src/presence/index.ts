export { callSign } from "./call-sign.ts";
export type { PresenceEventData } from "./events.ts";
export { isQuiet } from "./is-quiet.ts";
export type { OwnStatuses, OwnStatusesParts } from "./own-statuses.ts";
export { LONGEST_STATUS_TEXT, openOwnStatuses } from "./own-statuses.ts";
export type { OwnStatusStore } from "./ports.ts";
export { presenceOf } from "./presence-of.ts";
export type { Presences } from "./presences.ts";
export { openPresences } from "./presences.ts";
export type { RosterParts } from "./roster.ts";
export type {
  CallSign,
  OwnStatus,
  Presence,
  PresenceFacts,
  PresenceView,
  Shown,
  StatusKind,
  StatusRefusal,
  StoredStatus,
} from "./types.ts";
