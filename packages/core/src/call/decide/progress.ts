import { ok, unreachable } from "@cordboard/kernel";
import type { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import type { Leg, LegRole, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { attend } from "./attend.ts";
import { callDestination } from "./destination.ts";
import { transferRings, transferSucceeds } from "./transfer.ts";

/** A placed leg gave a sign of life: 180, or 183 with the sound that it sends before its answer. */
export function legRings(draft: CallDraft, leg: Leg, fact: Extract<LegFact, { type: "ringing" }>): void {
  const isFirstSign = leg.state === "setup";
  if (isFirstSign) {
    draft.updateLeg(leg.id, { state: "ringing" });
    draft.tellLeg("leg.ringing.v1", leg.id);
  }
  if (draft.call.phase === "ringing-caller") return signOfLife(draft);
  if (draft.call.phase !== "calling" || !draft.rung().some(({ id }) => id === leg.id)) return;
  if (isFirstSign) transferRings(draft);
  // Sound before the answer is passed on when it can only be that of whoever will talk.
  const isEarlyMedia = fact.hasEarlyMedia && draft.rung().length === 1;
  const isFirst = isFirstSign && draft.rung().filter(({ state }) => state === "ringing").length === 1;
  for (const waiting of draft.staying()) {
    if (isEarlyMedia) letHearEarly(draft, waiting, leg);
    else if (isFirst && waiting.isIncoming && waiting.state !== "answered")
      draft.orderOnceInBook(waiting.id, { type: "ring" });
  }
}

function letHearEarly(draft: CallDraft, waiting: Leg, rung: Leg): void {
  if (waiting.state === "answered") draft.join(waiting, rung);
  else if (waiting.isIncoming) draft.orderOnceInBook(waiting.id, { type: "early-media", of: rung.id });
}

function signOfLife(draft: CallDraft): void {
  draft.stopTimer("first-sign");
  draft.reply(ok(undefined));
}

/** A leg answered: it wins its round, or it is too late. */
export function legAnswers(draft: CallDraft, world: World, leg: Leg): void {
  const winner: Leg = { ...leg, state: "answered", answeredAt: draft.context.now };
  draft.updateLeg(leg.id, { state: "answered", answeredAt: draft.context.now });
  draft.answerAsked(leg.id, ok(undefined));
  draft.tellLeg("leg.answered.v1", leg.id);
  const { round, phase } = draft.call;
  // An incoming leg answers because we ordered it: whoever serves it may begin.
  if (leg.isIncoming || leg.isEnding) return leg.isEnding ? undefined : attend(draft, world, winner);
  if (round === null || !round.legs.includes(leg.id) || phase === "closing") {
    return draft.endLeg(winner, verdictOf({ kind: "ordered", why: "completed-elsewhere" }));
  }
  const others = draft.rung().filter(({ id }) => id !== leg.id);
  draft.closeRound();
  for (const other of others) draft.endLeg(other, verdictOf({ kind: "ordered", why: "completed-elsewhere" }));
  switch (round.purpose.kind) {
    case "call":
      return phase === "ringing-caller" ? callerAnswered(draft, world) : calleeAnswered(draft, winner);
    case "transfer":
    case "return":
      return transferSucceeds(draft, winner, round.purpose);
    case "hand-over":
      return handedOver(draft, winner, round.purpose.from);
    case "invite":
      return comesIn(draft, winner, { kind: "talker" });
    case "supervise":
      return comesIn(draft, winner, round.purpose.role);
    default:
      return unreachable(round.purpose);
  }
}

function callerAnswered(draft: CallDraft, world: World): void {
  signOfLife(draft);
  callDestination(draft, world);
  for (const caller of draft.alive()) attend(draft, world, caller);
}

function calleeAnswered(draft: CallDraft, winner: Leg): void {
  for (const waiting of draft.staying()) {
    if (waiting.id === winner.id) continue;
    if (waiting.isIncoming && waiting.state !== "answered")
      draft.orderOnceInBook(waiting.id, { type: "answer", like: winner.id });
    draft.join(waiting, winner);
  }
  draft.markAnswered();
}

/** One more among those who are joined. */
function comesIn(draft: CallDraft, winner: Leg, role: LegRole): void {
  const { joined } = draft.call;
  const others = draft.staying().filter(({ id }) => joined.includes(id));
  if (others.length === 0) return draft.endLeg(winner, verdictOf({ kind: "ordered", why: "cancelled" }));
  draft.updateLeg(winner.id, { role });
  draft.join(...others, winner);
}

/** The other device takes the place of the one that the talk was at. */
function handedOver(draft: CallDraft, winner: Leg, from: Leg["id"]): void {
  const [partner] = draft.partnersOf(from);
  const old = draft.leg(from);
  if (partner === undefined) return draft.endLeg(winner, verdictOf({ kind: "ordered", why: "cancelled" }));
  draft.join(partner, winner);
  if (old !== undefined) draft.endLeg(old, verdictOf({ kind: "ordered", why: "replaced" }));
}
