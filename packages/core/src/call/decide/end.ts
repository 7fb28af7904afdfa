import type { LegId } from "@cordboard/kernel";
import { ms, refused } from "@cordboard/kernel";
import type { CallDraft } from "../draft.ts";
import type { EndReason } from "../end-reason.ts";
import type { LegFact } from "../facts.ts";
import type { Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { goesOn } from "./reach.ts";
import { recordDone } from "./record.ts";
import { endRound, giveUpOnTalker, refusalOf, refusePlacing } from "./round.ts";
import { comesBack, reached, transferFails } from "./transfer.ts";

/** A leg is over: the call goes on without it, fails, or ends. */
export function legEnds(draft: CallDraft, world: World, leg: Leg, fact: Extract<LegFact, { type: "ended" }>): void {
  const end = fact.reason;
  const wasJoined = draft.call.joined.includes(leg.id);
  draft.updateLeg(leg.id, {
    state: "ended",
    isEnding: false,
    endedAt: draft.context.now,
    end,
    quality: fact.quality ?? null,
  });
  // The order to record crossed the leg's end: nothing was written.
  if (leg.recording !== null) {
    recordDone(draft, world, leg, {
      type: "record-done",
      leg: leg.id,
      recording: leg.recording.id,
      lasted: ms(0),
      why: "leg-ended",
    });
  }
  const others = draft.call.joined.filter((id) => id !== leg.id);
  // Two of three talk on; one of two has nobody left.
  const isTalkOver = wasJoined && draft.call.legs.filter((each) => isTalkerOf(others, each)).length < 2;
  if (wasJoined) draft.update({ joined: isTalkOver ? [] : others });
  draft.answerAsked(leg.id, refused({ code: "unknown-leg" }));
  draft.tellLeg("leg.ended.v1", leg.id);
  const { phase, round } = draft.call;
  if (phase === "closing") return;
  if (round?.legs.includes(leg.id) === true) return rungLegEnds(draft, world);
  if (phase === "talking" && isTalkOver) return comesBack(draft, world, leg) ? undefined : endCall(draft, end);
  if (phase !== "ringing-caller" && draft.staying().length === 0) endCall(draft, end);
}

const isTalkerOf = (joined: readonly LegId[], { id, role }: Leg): boolean =>
  joined.includes(id) && role.kind === "talker";

/** One of those that are rung is gone; with the last of them the round is over. */
function rungLegEnds(draft: CallDraft, world: World): void {
  if (draft.rung().length > 0) return;
  const { phase, round } = draft.call;
  if (round === null) return;
  const end = refusalOf(draft.call);
  if (phase === "ringing-caller") return endCall(draft, end);
  roundFails(draft, world, end);
}

/** Nobody answered: on to where the user wants such calls to go, or back, or it was all in vain. */
function roundFails(draft: CallDraft, world: World, end: EndReason): void {
  if (goesOn(draft, world, end.why)) return reached(draft);
  const purpose = draft.call.round?.purpose;
  switch (purpose?.kind) {
    case "hand-over":
    case "invite":
    case "supervise":
      // The talk goes on where it is.
      return endRound(draft, "cancelled");
    case "transfer":
      return transferFails(draft, world, purpose.by, end);
    case "return":
      return transferFails(draft, world, undefined, end);
    default:
      if (draft.staying().some(({ state }) => state === "answered")) giveUpOnTalker(draft, end);
      else endCall(draft, end);
  }
}

/** The ring timer ran out. */
export function ringTimesOut(draft: CallDraft, world: World): void {
  const { round, phase } = draft.call;
  const noAnswer = verdictOf({ kind: "ordered", why: "no-answer" });
  if (round === null || phase === "ringing-caller") return endCall(draft, noAnswer);
  roundFails(draft, world, noAnswer);
}

/**
 * Decides the call's end and ends every leg that is left. Legs of the side that did not cause it learn the reason; devices that
 * still ring are told that the caller gave up.
 */
export function endCall(draft: CallDraft, end: EndReason): void {
  if (draft.call.phase === "closing") return;
  draft.update({ phase: "closing", end: draft.call.end ?? end });
  draft.closeRound();
  draft.stopTimer("first-sign");
  refusePlacing(draft);
  for (const leg of [...draft.alive()].sort(calleesFirst)) {
    const isAnswered = leg.state === "answered";
    const cancelled = verdictOf({ kind: "ordered", why: "cancelled" });
    draft.endLeg(leg, isAnswered || leg.isIncoming ? end : cancelled);
  }
}

const calleesFirst = (a: Leg, b: Leg): number => Number(a.side === "caller") - Number(b.side === "caller");

/** The call is over when its last leg is; it stays until the book has it, because its command may wait for that. */
export function settle(draft: CallDraft): void {
  const { call } = draft;
  if (call.phase !== "closing" || call.row !== "kept" || call.legs.some(({ state }) => state !== "ended")) return;
  draft.stopTimer("tone");
  draft.finish(call.end ?? verdictOf({ kind: "ordered", why: "fault" }));
}
