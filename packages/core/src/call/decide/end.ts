import type { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import type { Leg } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { bestRefusal, endCall, nobodyAnswered } from "./fork.ts";

/** A leg is over: the call goes on without it, fails, or ends. */
export function legEnds(draft: CallDraft, leg: Leg, fact: Extract<LegFact, { type: "ended" }>): void {
  const end = fact.reason;
  draft.updateLeg(leg.id, {
    state: "ended",
    isEnding: false,
    endedAt: draft.context.now,
    end,
    quality: fact.quality ?? null,
  });
  draft.tellLeg("leg.ended.v1", leg.id);
  switch (draft.call.phase) {
    case "talking":
      if (isJoined(draft, leg)) endCall(draft, end);
      return;
    case "ringing-caller":
      if (draft.alive("caller").length === 0) endCall(draft, bestRefusal(legsOf(draft, "caller")));
      return;
    case "calling":
      if (leg.side === "caller") {
        if (draft.alive("caller").length === 0) endCall(draft, end);
      } else if (draft.alive("callee").length === 0) nobodyAnswered(draft, bestRefusal(legsOf(draft, "callee")));
      return;
    case "closing":
      return;
    default:
      return;
  }
}

const legsOf = (draft: CallDraft, side: Leg["side"]): readonly Leg[] =>
  draft.call.legs.filter((leg) => leg.side === side);

/** Whether the leg was the last of its side: one that was told "completed elsewhere" leaves the one that talks. */
const isJoined = (draft: CallDraft, leg: Leg): boolean => draft.alive(leg.side).length === 0;

/** The ring timer ran out, or the tone has been heard. */
export function callTimesOut(draft: CallDraft): void {
  endCall(draft, draft.call.end ?? verdictOf({ kind: "ordered", why: "no-answer" }));
}

/** The call is over when its last leg is; it stays until the book has it, because its command may wait for that. */
export function settle(draft: CallDraft): void {
  const { call } = draft;
  if (call.phase !== "closing" || call.row !== "kept" || call.legs.some(({ state }) => state !== "ended")) return;
  draft.stopTimer("tone");
  draft.finish(call.end ?? verdictOf({ kind: "ordered", why: "fault" }));
}
