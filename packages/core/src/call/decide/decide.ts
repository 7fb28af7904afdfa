import type { CallId } from "@cordboard/kernel";
import { refused, unreachable } from "@cordboard/kernel";
import { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import type { CallInput, CallTimer, Context, Decision, Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { callByCommand, callFromPhone } from "./begin.ts";
import { callTimesOut, legEnds, settle } from "./end.ts";
import { endCall } from "./fork.ts";
import { legAnswers, legRings } from "./progress.ts";

const nothing: Decision = { changed: [], gone: [], actions: [], events: [] };

/**
 * Decides about calls: what changes, what is to be done, what is told. Pure: same arguments, same decision. Inputs about a call
 * or leg that is over change nothing.
 */
export function decide(world: World, input: CallInput, context: Context): Decision {
  switch (input.type) {
    case "fact":
      return input.fact.type === "incoming"
        ? callFromPhone(input.fact, world, context)
        : onFact(world, input.fact, context);
    case "place":
      return callByCommand(input.command, world, context);
    case "hang-up":
      return onCall(world, input.call, context, (draft) =>
        endCall(draft, verdictOf({ kind: "ordered", why: input.why })),
      );
    case "row-kept":
      return onCall(world, input.call, context, (draft) => draft.rowKept());
    case "row-spooled":
      return onCall(world, input.call, context, rowSpooled);
    case "row-lost":
      return onCall(world, input.call, context, rowLost);
    case "timer":
      return onCall(world, input.call, context, (draft) => onTimer(draft, input.timer));
    default:
      return unreachable(input);
  }
}

function onCall(world: World, id: CallId, context: Context, step: (draft: CallDraft) => void): Decision {
  const call = world.call(id);
  if (call === undefined) return nothing;
  const draft = new CallDraft(call, context);
  step(draft);
  settle(draft);
  return draft.decision();
}

function onFact(world: World, fact: Exclude<LegFact, { type: "incoming" }>, context: Context): Decision {
  const call = world.callOfLeg(fact.leg);
  const leg = call?.legs.find(({ id }) => id === fact.leg);
  if (call === undefined || leg === undefined || leg.state === "ended") return nothing;
  return onCall(world, call.id, context, (draft) => onLegFact(draft, world, leg, fact));
}

function onLegFact(draft: CallDraft, world: World, leg: Leg, fact: Exclude<LegFact, { type: "incoming" }>): void {
  switch (fact.type) {
    case "ringing":
      return leg.isEnding ? undefined : legRings(draft, leg, fact);
    case "answered":
      return legAnswers(draft, world, leg);
    case "digit":
      return draft.tellDigit(leg.id, fact.digit);
    case "ended":
      return legEnds(draft, leg, fact);
    case "held":
    case "resumed":
    case "play-done":
    case "media-silent":
    case "media-heard":
    case "failed":
      // The switch keeps sound and session right by itself; nothing about the call changes.
      return;
    default:
      return unreachable(fact);
  }
}

function onTimer(draft: CallDraft, timer: CallTimer): void {
  switch (timer) {
    case "first-sign":
    case "ring":
    case "tone":
      return callTimesOut(draft);
    default:
      return unreachable(timer);
  }
}

/**
 * The row waits in memory, which is enough for a call inside the house. A carrier is not called: it may charge for a call that a
 * crash would make unknown to us.
 */
function rowSpooled(draft: CallDraft): void {
  const end = verdictOf({ kind: "ordered", why: "overloaded" });
  const carriers = [...draft.alive("caller"), ...draft.alive("callee")].filter(({ at }) => at.kind === "trunk");
  for (const leg of carriers) draft.endLeg(leg, end);
  draft.rowKept();
  if (!carriers.some(({ side }) => draft.alive(side).length === 0)) return;
  draft.reply(refused({ code: "database-away" }));
  endCall(draft, end);
}

/** The book cannot take the call: whoever waits is refused, and nothing is left behind. */
function rowLost(draft: CallDraft): void {
  draft.reply(refused({ code: "database-away" }));
  draft.rowKept();
  endCall(draft, verdictOf({ kind: "ordered", why: "overloaded" }));
}
