import { ok } from "@cordboard/kernel";
import type { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import type { Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { callDestination } from "./fork.ts";

/** A placed leg gave a sign of life: 180, or 183 with the sound that it sends before its answer. */
export function legRings(draft: CallDraft, leg: Leg, fact: Extract<LegFact, { type: "ringing" }>): void {
  if (leg.state === "setup") {
    draft.updateLeg(leg.id, { state: "ringing" });
    draft.tellLeg("leg.ringing.v1", leg.id);
  }
  if (leg.side === "caller") return signOfLife(draft);
  // Sound before the answer is passed on when it can only be that of whoever will talk.
  const isEarlyMedia = fact.hasEarlyMedia && draft.alive("callee").length === 1;
  const isFirst = draft.call.legs.filter(({ side, state }) => side === "callee" && state === "ringing").length === 1;
  for (const caller of draft.alive("caller")) {
    if (isEarlyMedia) letHearEarly(draft, caller, leg);
    else if (isFirst && leg.state === "setup") letHearRinging(draft, caller);
  }
}

function letHearEarly(draft: CallDraft, caller: Leg, callee: Leg): void {
  if (caller.isIncoming) draft.orderOnceInBook(caller.id, { type: "early-media", of: callee.id });
  else draft.order(caller.id, { type: "bridge", to: callee.id });
}

function letHearRinging(draft: CallDraft, caller: Leg): void {
  if (caller.isIncoming) draft.orderOnceInBook(caller.id, { type: "ring" });
  else draft.order(caller.id, { type: "play", source: { kind: "tone", tone: "ringback" } });
}

function signOfLife(draft: CallDraft): void {
  draft.stopTimer("first-sign");
  draft.reply(ok(undefined));
}

/** A leg answered: it wins, or it is too late. */
export function legAnswers(draft: CallDraft, world: World, leg: Leg): void {
  draft.updateLeg(leg.id, { state: "answered", answeredAt: draft.context.now });
  draft.tellLeg("leg.answered.v1", leg.id);
  // An incoming leg answers because we ordered it: nothing new for the call.
  if (leg.isIncoming) return;
  if (leg.side === "caller" && draft.call.phase === "ringing-caller") return callerAnswered(draft, world, leg);
  if (leg.side === "callee" && draft.call.phase === "calling") return calleeAnswered(draft, leg);
  // It answered while we were ending it: the switch ends it with the order that it already has.
  if (!leg.isEnding)
    draft.endLeg({ ...leg, state: "answered" }, verdictOf({ kind: "ordered", why: "completed-elsewhere" }));
}

function callerAnswered(draft: CallDraft, world: World, winner: Leg): void {
  signOfLife(draft);
  draft.stopTimer("ring");
  endOthers(draft, winner);
  callDestination(draft, world);
}

function calleeAnswered(draft: CallDraft, winner: Leg): void {
  draft.stopTimer("ring");
  endOthers(draft, winner);
  for (const caller of draft.alive("caller")) {
    if (caller.isIncoming) {
      draft.orderOnceInBook(caller.id, { type: "answer", like: winner.id });
      draft.orderOnceInBook(caller.id, { type: "bridge", to: winner.id });
    } else draft.order(caller.id, { type: "bridge", to: winner.id });
  }
  draft.markAnswered();
}

function endOthers(draft: CallDraft, winner: Leg): void {
  for (const other of draft.alive(winner.side)) {
    if (other.id !== winner.id) draft.endLeg(other, verdictOf({ kind: "ordered", why: "completed-elsewhere" }));
  }
}
