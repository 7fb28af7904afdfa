import { refused } from "@cordboard/kernel";
import type { Device, User } from "../../directory/index.ts";
import { route } from "../../routing/index.ts";
import type { LegOrder, Party } from "../actions.ts";
import type { CallDraft } from "../draft.ts";
import type { EndReason, EndWhy } from "../end-reason.ts";
import { FAILURE_TONE, RING } from "../limits.ts";
import type { Call, Leg, World } from "../types.ts";
import { isOnTrunk } from "../types.ts";
import { verdictOf } from "../verdict.ts";

/** Makes a leg to a device and orders its INVITE. */
export function callDevice(draft: CallDraft, user: User, device: Device, side: Leg["side"]): void {
  const id = draft.context.newId("leg");
  draft.addLeg({ id, side, at: { kind: "user", user: user.id, extension: user.extension, device: device.id } });
  draft.order(id, place(draft.call, side, { kind: "device", device: device.id }));
}

/**
 * Makes a leg to a number outside. The INVITE leaves only when the call stands in the book, because a carrier may charge for it.
 * `false` when no trunk leads there, the trunk is full, or the book takes no call for good now.
 */
export function callOutside(draft: CallDraft, world: World, number: string, side: Leg["side"]): boolean {
  const way = route(world.directory, draft.call.tenant, number);
  if (!way.ok || way.value.kind !== "trunk" || !world.isBookCommitting()) return false;
  const { trunk } = way.value;
  const ours = draft.call.legs.filter((leg) => isOnTrunk(leg, trunk.id)).length;
  if (world.legsOnTrunk(trunk.id, draft.call.id) + ours >= trunk.maxCalls) return false;
  const id = draft.context.newId("leg");
  draft.addLeg({ id, side, at: { kind: "trunk", trunk: trunk.id, name: trunk.name } });
  draft.orderOnceInBook(id, place(draft.call, side, { kind: "trunk", trunk: trunk.id, number: way.value.number }));
  return true;
}

/** Tells of the legs that a side was given; those that ended at once were told already. */
export function tellPlaced(draft: CallDraft, side: Leg["side"]): void {
  for (const leg of draft.alive(side)) if (!leg.isIncoming) draft.tellLeg("leg.placed.v1", leg.id);
}

/** The INVITE of a leg: who it shows is the other side; it is offered the caller's codecs, or G.711 when there is no caller yet. */
function place(call: Call, side: Leg["side"], target: Extract<LegOrder, { type: "place" }>["target"]): LegOrder {
  const shows: Party = side === "caller" ? call.to : call.from;
  const offerOf = side === "caller" ? null : (call.legs.find((leg) => leg.side === "caller" && isUp(leg))?.id ?? null);
  return { type: "place", call: call.id, tenant: call.tenant, target, side, shows, offerOf };
}

const isUp = (leg: Leg): boolean => leg.state !== "ended" && !leg.isEnding;

/** Calls where the dialled number leads; the caller's leg is there. Refusals end the caller's side. */
export function callDestination(draft: CallDraft, world: World): void {
  const { destination, tenant } = draft.call;
  if (destination === null) return giveUp(draft, "unknown-number");
  draft.update({ phase: "calling" });
  switch (destination.kind) {
    case "user": {
      const devices = world.directory.devices(tenant, destination.user.id);
      if (devices.length === 0) return giveUp(draft, "not-registered");
      for (const device of devices) callDevice(draft, destination.user, device, "callee");
      tellPlaced(draft, "callee");
      return draft.startTimer("ring", RING);
    }
    case "trunk":
      if (!callOutside(draft, world, destination.number, "callee")) return giveUp(draft, "overloaded");
      tellPlaced(draft, "callee");
      return draft.startTimer("ring", RING);
    case "service":
      return serve(draft, destination.service.kind);
    default:
      return giveUp(draft, "fault");
  }
}

/** The server itself answers: the caller's own sound comes back, or music is played. */
function serve(draft: CallDraft, kind: "echo" | "music"): void {
  for (const caller of draft.alive("caller")) {
    if (caller.isIncoming) draft.orderOnceInBook(caller.id, { type: "answer", like: null });
    const source = kind === "echo" ? ({ kind } as const) : ({ kind: "music" } as const);
    draft.orderOnceInBook(caller.id, { type: "play", source });
  }
  draft.markAnswered();
}

/** Nobody can be reached. */
function giveUp(draft: CallDraft, why: EndWhy): void {
  nobodyAnswered(draft, verdictOf({ kind: "ordered", why }));
}

/** Nobody answered. A phone that called hears the refusal; somebody who was rung for a command hears a tone first. */
export function nobodyAnswered(draft: CallDraft, end: EndReason): void {
  const answered = draft.alive("caller").filter((leg) => leg.state === "answered");
  if (answered.length === 0) return endCall(draft, end);
  draft.update({ end });
  draft.stopTimer("ring");
  const tone = end.why === "busy" ? "busy" : "congestion";
  for (const leg of answered) draft.order(leg.id, { type: "play", source: { kind: "tone", tone } });
  draft.startTimer("tone", FAILURE_TONE);
}

/**
 * Decides the call's end and ends every leg that is left. Legs of the side that did not cause it learn the reason; devices that
 * still ring are told that the caller gave up.
 */
export function endCall(draft: CallDraft, end: EndReason): void {
  if (draft.call.phase === "closing") return;
  draft.update({ phase: "closing", end: draft.call.end ?? end });
  draft.stopTimer("ring");
  draft.stopTimer("first-sign");
  draft.reply(refused({ code: "no-devices" }));
  for (const leg of [...draft.alive("callee"), ...draft.alive("caller")]) {
    const isAnswered = leg.state === "answered";
    const cancelled = verdictOf({ kind: "ordered", why: "cancelled" });
    draft.endLeg(leg, isAnswered || leg.isIncoming ? end : cancelled);
  }
}

/**
 * The refusal that a caller hears when every device refused: of the whole fork the one that says most (RFC 3261 §16.7 step 6,
 * in the words of a phone system): declined, busy, then no answer, then the first of the rest.
 */
export function bestRefusal(legs: readonly Leg[]): EndReason {
  const ends = legs.map(({ end }) => end).filter((end) => end !== null);
  const order: readonly EndWhy[] = ["declined", "busy", "no-answer", "timed-out", "unreachable"];
  for (const why of order) {
    const found = ends.find((end) => end.why === why);
    if (found !== undefined) return found;
  }
  return ends[0] ?? verdictOf({ kind: "ordered", why: "no-answer" });
}
