import type { PresenceView } from "./types.ts";

/** The data of events about presences, by wire name. */
export interface PresenceEventData {
  /** Null when the user is gone. */
  readonly "presence.changed.v1": { readonly extension: string; readonly presence: PresenceView | null };
}
