import type { EventName, Topic } from "./event-data.ts";

/** One kind of event, as documents and clients know it. */
export interface EventEntry {
  readonly name: EventName;
  readonly topic: Topic;
  readonly when: string;
  readonly data: Readonly<Record<string, string>>;
  readonly seenBy: string;
}

const call = "the call as it is now (id, state, origin, times, from, to, legs)";
const leg = "id of the leg that this is about";
const callViewers =
  "administrators and those whose extension takes part; other users without numbers; limited keys only their extensions' calls";

/** Every event of the live stream. `docs/events.md` is generated from it. */
export const eventCatalogue: readonly EventEntry[] = [
  {
    name: "call.started.v1",
    topic: "calls",
    when: "A call was made: by a phone's INVITE or by a command.",
    data: { call },
    seenBy: callViewers,
  },
  {
    name: "leg.placed.v1",
    topic: "calls",
    when: "A device or trunk is being called.",
    data: { leg, call },
    seenBy: callViewers,
  },
  {
    name: "leg.ringing.v1",
    topic: "calls",
    when: "A device or trunk rings, for the first time.",
    data: { leg, call },
    seenBy: callViewers,
  },
  { name: "leg.answered.v1", topic: "calls", when: "A leg was answered.", data: { leg, call }, seenBy: callViewers },
  {
    name: "leg.digit.v1",
    topic: "calls",
    when: "A digit was pressed.",
    data: { leg, digit: "0 to 9, *, #, A to D", call },
    seenBy: "administrators and participants",
  },
  {
    name: "leg.ended.v1",
    topic: "calls",
    when: "A leg ended; its verdict stands in the leg's `end`.",
    data: { leg, call },
    seenBy: callViewers,
  },
  { name: "call.answered.v1", topic: "calls", when: "Both sides are joined.", data: { call }, seenBy: callViewers },
  {
    name: "leg.held.v1",
    topic: "calls",
    when: "A leg put those it talks with on hold, by its phone or by command.",
    data: { leg, call },
    seenBy: callViewers,
  },
  { name: "leg.resumed.v1", topic: "calls", when: "A leg ended a hold.", data: { leg, call }, seenBy: callViewers },
  {
    name: "leg.silent.v1",
    topic: "calls",
    when: "For 10 seconds nothing came from a leg that should send.",
    data: { leg, sound: "one-way or dead: whether others of the call send; fine while somebody holds it", call },
    seenBy: callViewers,
  },
  {
    name: "leg.heard.v1",
    topic: "calls",
    when: "A leg that had fallen silent sends again.",
    data: { leg, call },
    seenBy: callViewers,
  },
  {
    name: "leg.moved.v1",
    topic: "calls",
    when: "A leg of another call goes on in this one; there it has ended.",
    data: { leg, call },
    seenBy: callViewers,
  },
  {
    name: "call.transferred.v1",
    topic: "calls",
    when: "Somebody else talks in the call now.",
    data: { call },
    seenBy: callViewers,
  },
  {
    name: "call.parked.v1",
    topic: "calls",
    when: "The call waits at a number until somebody dials that.",
    data: { call },
    seenBy: callViewers,
  },
  {
    name: "call.retrieved.v1",
    topic: "calls",
    when: "Somebody has taken up a parked call.",
    data: { call },
    seenBy: callViewers,
  },
  {
    name: "call.changed.v1",
    topic: "calls",
    when: "Who hears whom has changed in a way that no other event tells.",
    data: { call },
    seenBy: callViewers,
  },
  {
    name: "recording.started.v1",
    topic: "calls",
    when: "What a leg says and hears is being recorded.",
    data: { leg, recording: "id of the recording", call },
    seenBy: callViewers,
  },
  {
    name: "recording.ended.v1",
    topic: "calls",
    when: "A recording is complete. A full disk ends it, and not the call.",
    data: {
      leg,
      recording: "id of the recording",
      lastedSeconds: "its length",
      why: "stopped, limit, leg-ended, disk-full or fault",
      call,
    },
    seenBy: callViewers,
  },
  {
    name: "voicemail.changed.v1",
    topic: "voicemail",
    when: "A message was left, heard or deleted.",
    data: { extension: "whose mailbox", fresh: "messages not heard yet", old: "messages heard" },
    seenBy: "administrators, and the user whose mailbox it is",
  },
  {
    name: "call.ended.v1",
    topic: "calls",
    when: "All legs have ended; the call leaves the live state.",
    data: { call },
    seenBy: callViewers,
  },
  {
    name: "device.registered.v1",
    topic: "devices",
    when: "An endpoint registered (a refresh is not told).",
    data: { device: "id, extension, userAgent, transport, contact" },
    seenBy: "administrators, and the user whose device it is",
  },
  {
    name: "device.unregistered.v1",
    topic: "devices",
    when: "An endpoint went or its registration ran out.",
    data: { device: "id, extension, userAgent, transport, contact" },
    seenBy: "administrators, and the user whose device it is",
  },
  {
    name: "presence.changed.v1",
    topic: "presence",
    when: "How a user is has changed: by a call, a registration, its own word, a program that shows it the live state, or time.",
    data: {
      extension: "whose presence",
      presence: "shown, status, text, until, isRegistered, isConnected, since; null when the user is gone",
    },
    seenBy: "administrators, all users but hotel rooms, and those whose extension it is",
  },
  {
    name: "message.sent.v1",
    topic: "messages",
    when: "A user's message was handed on to the devices of a colleague.",
    data: { message: "from and to (extensions), contentType, text (null when it is no text), bytes" },
    seenBy: "both sides; administrators without the text",
  },
  {
    name: "history.recorded.v1",
    topic: "history",
    when: "The history row of an ended call is complete and committed.",
    data: {
      call: "id of the call",
      row: "the row as `history --json` prints it",
      extensions: "extensions that took part",
    },
    seenBy: "administrators and those whose extension took part",
  },
  {
    name: "config.changed.v1",
    topic: "config",
    when: "A tenant, user, key, trunk or service was added, changed or removed.",
    data: { kind: "tenant, user, key, trunk or service", id: "id of what changed" },
    seenBy: "administrators",
  },
];

const topics: ReadonlyMap<string, Topic> = new Map(eventCatalogue.map(({ name, topic }) => [name, topic]));

/** The topic of an event; `undefined` for a name that is not in the catalogue. */
export const topicOf = (event: string): Topic | undefined => topics.get(event);
