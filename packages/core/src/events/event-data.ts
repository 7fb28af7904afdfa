import type { CallEventData } from "../call/index.ts";
import type { ChatEventData } from "../chat/index.ts";
import type { DirectoryEventData } from "../directory/index.ts";
import type { HistoryEventData } from "../history/index.ts";
import type { PresenceEventData } from "../presence/index.ts";
import type { VoicemailEventData } from "../voicemail/index.ts";

/** The data of each event of the live stream, by its wire name. */
export interface EventData
  extends CallEventData,
    ChatEventData,
    DirectoryEventData,
    HistoryEventData,
    PresenceEventData,
    VoicemailEventData {}

/** The wire name of an event. */
export type EventName = keyof EventData;

/** What a client may narrow a stream to. */
export type Topic = "calls" | "devices" | "presence" | "messages" | "history" | "voicemail" | "config";
