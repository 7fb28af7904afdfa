export type { ChatEventData, MessageView } from "./events.ts";
export type { MessageDesk, MessageDeskParts } from "./message-desk.ts";
export { createMessageDesk, LONGEST_MESSAGE, MOST_AT_ONCE, PACE } from "./message-desk.ts";
export type { MessageRefusal, MessageWay, SendMessage } from "./types.ts";
