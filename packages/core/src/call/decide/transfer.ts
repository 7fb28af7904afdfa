import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { cleanNumber, route } from "../../routing/index.ts";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { EndReason } from "../end-reason.ts";
import { HASTY, TRANSFER_RING } from "../limits.ts";
import type { Leg, RoundPurpose, Transferor, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { partyOf } from "./party.ts";
import { reach } from "./reach.ts";
import { callDevice, endRound, giveUpOnTalker, tellPlaced } from "./round.ts";

type Answer = Result<undefined, ControlRefusal>;

/**
 * Sends the other side on to a number. Whoever sends it on stays until somebody rings there: a target that is dead gives the
 * talk back at once. When it rings but nobody answers, the devices of who sent it on are rung.
 * @rfc 5589#6
 */
export function transferTo(
  draft: CallDraft,
  world: World,
  leg: Leg,
  asked: { readonly number: string; readonly isTold: boolean },
): Answer {
  const { call } = draft;
  if (isUnderWay(draft, leg, asked.number)) return ok(undefined);
  if (call.phase !== "talking" || call.round !== null || draft.partnersOf(leg.id).length !== 1) {
    return refused({ code: "not-now", why: "there is nobody to send on" });
  }
  const number = cleanNumber(asked.number);
  const way = route(world.directory, call.tenant, asked.number);
  if (!number.ok || !way.ok) return refused({ code: "invalid-number" });
  const by: Transferor = { leg: leg.id, side: leg.side, at: leg.at, isTold: asked.isTold };
  draft.updateLeg(leg.id, { isLeaving: true });
  draft.part(...draft.call.joined);
  draft.update({ phase: "calling", tried: [] });
  const failure = reach(draft, world, way.value, {
    side: leg.side,
    purpose: { kind: "transfer", by, number: number.value },
    ring: TRANSFER_RING,
  });
  if (failure !== undefined) {
    transferFails(draft, world, by, verdictOf({ kind: "ordered", why: failure }));
    return asked.isTold ? ok(undefined) : refused({ code: "not-now", why: "nobody can be reached there" });
  }
  reached(draft, by);
  return ok(undefined);
}

/** The server itself may have answered where a call was sent on to: who sent it on may go. */
export function reached(draft: CallDraft, by?: Transferor): void {
  if (draft.call.phase !== "talking") return;
  if (by !== undefined) release(draft, by);
  else
    for (const leg of draft.alive())
      if (leg.isLeaving) draft.endLeg(leg, verdictOf({ kind: "ordered", why: "transferred" }));
  draft.tell("call.transferred.v1");
}

/** The same was asked before, and is being done. */
function isUnderWay({ call }: CallDraft, leg: Leg, number: string): boolean {
  const purpose = call.round?.purpose;
  const wanted = cleanNumber(number);
  return purpose?.kind === "transfer" && purpose.by.leg === leg.id && wanted.ok && purpose.number === wanted.value;
}

/** Somebody rings: who sent the call on may go. */
export function transferRings(draft: CallDraft): void {
  const purpose = draft.call.round?.purpose;
  if (purpose?.kind === "transfer") release(draft, purpose.by);
}

function release(draft: CallDraft, by: Transferor): void {
  const leg = draft.leg(by.leg);
  if (leg === undefined || !leg.isLeaving || leg.isEnding || leg.state === "ended") return;
  if (by.isTold) draft.order(leg.id, { type: "refer-result", status: 200 });
  draft.endLeg(leg, verdictOf({ kind: "ordered", why: "transferred" }));
}

/** Somebody answered where the call was sent on to, or where it came back to. */
export function transferSucceeds(
  draft: CallDraft,
  winner: Leg,
  purpose: Extract<RoundPurpose, { kind: "transfer" | "return" }>,
): void {
  if (purpose.kind === "transfer") release(draft, purpose.by);
  const waiting = draft.staying().find(({ id }) => id !== winner.id);
  if (waiting === undefined) return draft.endLeg(winner, verdictOf({ kind: "ordered", why: "cancelled" }));
  const party = partyOf(winner);
  draft.update({ phase: "talking", ...(winner.side === "caller" ? { from: party } : { to: party }) });
  draft.join(waiting, winner);
  draft.tell("call.transferred.v1");
}

/** Nobody answered in a round of a call that talks already: it goes back to who sent it on, and at last hears a tone. */
export function transferFails(draft: CallDraft, world: World, by: Transferor | undefined, end: EndReason): void {
  endRound(draft, "cancelled");
  const leaver = by === undefined ? undefined : draft.leg(by.leg);
  const waiting = draft.staying()[0];
  if (waiting === undefined) return;
  if (leaver?.isLeaving === true && leaver.state === "answered" && !leaver.isEnding)
    return talkAgain(draft, waiting, { leaver, by, end });
  if (by !== undefined && ringAgain(draft, world, by)) return;
  giveUpOnTalker(draft, end);
}

function talkAgain(
  draft: CallDraft,
  waiting: Leg,
  { leaver, by, end }: { readonly leaver: Leg; readonly by: Transferor | undefined; readonly end: EndReason },
): void {
  draft.updateLeg(leaver.id, { isLeaving: false, hasBackSince: by?.isTold === true ? draft.context.now : null });
  draft.update({ phase: "talking" });
  draft.join(waiting, { ...leaver, isLeaving: false });
  if (by?.isTold === true) draft.order(leaver.id, { type: "refer-result", status: end.sip });
}

/**
 * Rings a phone again that hung up as soon as it was told that its transfer failed, as some do by themselves: the talk that it was given
 * back is not lost with that. False when it is over.
 */
export function comesBack(draft: CallDraft, world: World, leg: Leg): boolean {
  const { now } = draft.context;
  if (leg.hasBackSince === null || now - leg.hasBackSince > HASTY || draft.staying().length === 0) return false;
  if (!ringAgain(draft, world, leg)) return false;
  draft.update({ phase: "calling" });
  return true;
}

/** Rings the devices of who sent the call on; false when there are none. */
export function ringAgain(draft: CallDraft, world: World, { at, side }: Pick<Transferor, "at" | "side">): boolean {
  if (at.kind !== "user") return false;
  const user = world.directory.user(draft.call.tenant, at.user);
  const devices = user === undefined ? [] : world.directory.devices(draft.call.tenant, user.id);
  if (user === undefined || devices.length === 0) return false;
  for (const device of devices) callDevice(draft, user, device, { side, purpose: { kind: "return" } });
  tellPlaced(draft);
  draft.startTimer("ring", TRANSFER_RING);
  return true;
}
