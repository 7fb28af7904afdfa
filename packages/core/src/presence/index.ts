export type { PresenceEventData } from "./events.ts";
export type { OwnStatusStore } from "./ports.ts";
export { presenceOf } from "./presence-of.ts";
export type { Presences, PresencesParts } from "./presences.ts";
export { LONGEST_STATUS_TEXT, openPresences } from "./presences.ts";
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
