import type { Millis } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import type { Device, User } from "../../directory/index.ts";
import { route } from "../../routing/index.ts";
import type { LegOrder, Party } from "../actions.ts";
import type { CallDraft } from "../draft.ts";
import type { EndReason, EndWhy } from "../end-reason.ts";
import { FAILURE_TONE } from "../limits.ts";
import type { Call, Leg, Round, RoundPurpose, World } from "../types.ts";
import { isOnTrunk } from "../types.ts";
import { verdictOf } from "../verdict.ts";

/** A leg that one party is to be reached by, before it is placed. */
export interface Reaching {
  readonly side: Leg["side"];
  readonly purpose: RoundPurpose;
  /** How long it may ring at most; as long as the user wants unless said otherwise. */
  readonly ring?: Millis;
  /** Devices are asked to answer by themselves. */
  readonly isAutoAnswered?: boolean;
}

/** Makes a leg to a device, as part of the round, and orders its INVITE. */
export function callDevice(draft: CallDraft, user: User, device: Device, reaching: Reaching): void {
  const id = draft.context.newId("leg");
  const order = place(draft, reaching, { kind: "device", device: device.id });
  draft.addLeg({
    id,
    side: reaching.side,
    at: { kind: "user", user: user.id, extension: user.extension, name: user.name, device: device.id },
  });
  joinRound(draft, id, { purpose: reaching.purpose, of: user.id, isMobileToCome: false });
  draft.order(id, order);
}

/**
 * Makes a leg to a number outside, as part of the round. The INVITE leaves only when the call stands in the book, because a carrier
 * may charge for it. `false` when no trunk leads there, the trunk is full, or the book takes no call for good now.
 */
export function callOutside(draft: CallDraft, world: World, number: string, reaching: Reaching): boolean {
  const way = route(world.directory, draft.call.tenant, number);
  if (!way.ok || way.value.kind !== "trunk" || !world.isBookCommitting()) return false;
  const { trunk } = way.value;
  const ours = draft.call.legs.filter((leg) => isOnTrunk(leg, trunk.id)).length;
  if (world.legsOnTrunk(trunk.id, draft.call.id) + ours >= trunk.maxCalls) return false;
  const id = draft.context.newId("leg");
  const order = place(draft, reaching, { kind: "trunk", trunk: trunk.id, number: way.value.number });
  draft.addLeg({
    id,
    side: reaching.side,
    at: { kind: "trunk", trunk: trunk.id, name: trunk.name, number: way.value.number },
  });
  joinRound(draft, id, { purpose: reaching.purpose, of: null, isMobileToCome: false });
  draft.orderOnceInBook(id, order);
  return true;
}

/** The first leg of a round says what it is for. */
function joinRound(draft: CallDraft, leg: Leg["id"], begin: Omit<Round, "legs">): void {
  const { round } = draft.call;
  draft.update({ round: round === null ? { ...begin, legs: [leg] } : { ...round, legs: [...round.legs, leg] } });
}

/** Tells of the legs of the round; those that ended at once were told already. */
export function tellPlaced(draft: CallDraft): void {
  for (const leg of draft.rung()) draft.tellLeg("leg.placed.v1", leg.id);
}

/** The INVITE of a leg: who it shows is the other side; it is offered the codecs of who waits, or G.711 when nobody does. */
function place(
  draft: CallDraft,
  { side, isAutoAnswered = false }: Reaching,
  target: Extract<LegOrder, { type: "place" }>["target"],
): Extract<LegOrder, { type: "place" }> {
  const { call } = draft;
  const shows: Party = side === "caller" ? call.to : call.from;
  const offerOf = draft.staying()[0]?.id ?? null;
  return { type: "place", call: call.id, tenant: call.tenant, target, side, shows, offerOf, isAutoAnswered };
}

/** Nobody answered. Somebody who talks already hears a tone before the end; what still rings does so no more. */
export function giveUpOnTalker(draft: CallDraft, end: EndReason): void {
  endRound(draft, "cancelled");
  draft.update({ end });
  draft.startTimer("tone", FAILURE_TONE);
}

/**
 * The refusal that a caller hears when every device refused: of the whole fork the one that says most (RFC 3261 §16.7 step 6,
 * in the words of a phone system): declined, busy, then no answer, then the first of the rest.
 */
function bestRefusal(legs: readonly Leg[]): EndReason {
  const ends = legs.map(({ end }) => end).filter((end) => end !== null);
  const order: readonly EndWhy[] = ["declined", "busy", "no-answer", "timed-out", "unreachable"];
  for (const why of order) {
    const found = ends.find((end) => end.why === why);
    if (found !== undefined) return found;
  }
  return ends[0] ?? verdictOf({ kind: "ordered", why: "no-answer" });
}

/** The refusal of the round that is running. */
export function refusalOf(call: Call): EndReason {
  const legs = call.round?.legs ?? [];
  return bestRefusal(call.legs.filter(({ id }) => legs.includes(id)));
}

/** Gives up the round: whoever still rings is told that the caller gave up. */
export function endRound(draft: CallDraft, why: EndWhy): void {
  for (const leg of draft.rung()) draft.endLeg(leg, verdictOf({ kind: "ordered", why }));
  draft.closeRound();
}

/** The command that placed the call is answered, if it still waits. */
export const refusePlacing = (draft: CallDraft): void => draft.reply(refused({ code: "no-devices" }));
