import type { CallView, LegView } from "../call/index.ts";
import type { MessageView } from "../chat/index.ts";
import type { DeviceView } from "../directory/index.ts";
import type { Actor } from "../identity/index.ts";
import { may, reaches } from "../identity/index.ts";
import type { EventData, EventName } from "./event-data.ts";

/** How much of something an actor sees. Actors of one sight see the same bytes, so that a stream is written once for all of them. */
export type Sight = "full" | "masked" | "none";

/** How much of a call the actor may see. */
export function sightOfCall(actor: Actor, call: CallView): Sight {
  if (may(actor, { type: "see-internals" })) return "full";
  const takesPart = call.legs.some(({ extension }) => extension !== null && isOwn(actor, extension));
  if (takesPart) return "full";
  return actor.kind === "user" && actor.roles.includes("user") ? "masked" : "none";
}

/** How much of an event the actor may see; the answer for a call never shrinks while the call lives. */
export function sightOf<Name extends EventName>(actor: Actor, event: Name, data: EventData[Name]): Sight {
  if ("message" in data) return sightOfMessage(actor, data.message);
  if (may(actor, { type: "see-internals" })) return "full";
  if ("device" in data) return isOwn(actor, data.device.extension) ? "full" : "none";
  if ("presence" in data) return seesPresence(actor, data.extension) ? "full" : "none";
  if ("extension" in data) return isOwn(actor, data.extension) ? "full" : "none";
  if ("row" in data) return data.extensions.some((extension) => isOwn(actor, extension)) ? "full" : "none";
  if ("call" in data) {
    const sight = sightOfCall(actor, data.call);
    return event === "leg.digit.v1" && sight === "masked" ? "none" : sight;
  }
  return "none";
}

/** What a message says is for both its sides alone; that there was one, administrators see too. */
function sightOfMessage(actor: Actor, { from, to }: MessageView): Sight {
  if (isOwn(actor, from) || isOwn(actor, to)) return "full";
  return may(actor, { type: "see-internals" }) ? "masked" : "none";
}

/** The data with numbers, names and addresses of the outside taken out of calls, and the text out of messages; others have no masked form. */
export function mask<Name extends EventName>(data: EventData[Name]): EventData[Name] {
  if ("message" in data) return { ...data, message: { ...data.message, text: null } };
  return "call" in data && typeof data.call === "object" ? { ...data, call: maskCall(data.call) } : data;
}

/** The call as colleagues see it: who of the house is in it and in which state, and nothing of the other side. */
export function maskCall(call: CallView): CallView {
  const house = (side: LegView["side"]): string => call.legs.find((leg) => leg.side === side)?.extension ?? "";
  return {
    ...call,
    from: { name: "", number: house("caller") },
    to: { name: "", number: house("callee") },
    legs: call.legs.map((leg) => ({ ...leg, trunk: null, sipCallId: null })),
  };
}

/** Whether the actor may see this endpoint. */
export function seesDevice(actor: Actor, device: DeviceView): boolean {
  return may(actor, { type: "see-internals" }) || isOwn(actor, device.extension);
}

/** Whether the actor may see how this extension's user is: colleagues see one another, a room and a limited key their own. */
export function seesPresence(actor: Actor, extension: string): boolean {
  if (may(actor, { type: "see-internals" }) || isOwn(actor, extension)) return true;
  return actor.kind === "user" && actor.roles.includes("user");
}

function isOwn(actor: Actor, extension: string): boolean {
  if (actor.kind === "key") return actor.limits.extensions !== null && reaches(actor, extension);
  return actor.extension === extension;
}
