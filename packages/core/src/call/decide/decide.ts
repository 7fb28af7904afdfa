import type { CallId, Result } from "@cordboard/kernel";
import { refused, unreachable } from "@cordboard/kernel";
import type { ControlCall, ControlRefusal } from "../control.ts";
import { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import type { Call, CallAction, CallInput, CallTimer, Context, Decision, Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { tellAttendant } from "./attend.ts";
import { callByCommand, callFromPhone } from "./begin.ts";
import { conference } from "./conference.ts";
import { control, legOfCommand } from "./control.ts";
import { endCall, legEnds, ringTimesOut } from "./end.ts";
import { hold, resume } from "./hold.ts";
import type { Joining } from "./join.ts";
import { joinCalls } from "./join.ts";
import { parkedTooLong } from "./park.ts";
import { legAnswers, legRings } from "./progress.ts";
import { mobileIsDue } from "./reach.ts";
import { recordDone } from "./record.ts";
import { fallsSilent, isCutOff, isHeardAgain, silentTooLong } from "./silence.ts";
import { transferTo } from "./transfer.ts";
import { decisionOf } from "./whole.ts";

const nothing: Decision = { changed: [], gone: [], actions: [], events: [] };

/**
 * Decides about calls: what changes, what is to be done, what is told. Pure: same arguments, same decision. Inputs about a call
 * or leg that is over change nothing.
 */
export function decide(world: World, input: CallInput, context: Context): Decision {
  switch (input.type) {
    case "fact":
      return onAnyFact(world, input.fact, context);
    case "place":
      return callByCommand(input.command, world, context);
    case "control":
      return onCommand(world, input.command, context);
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
      return onCall(world, input.call, context, (draft) => onTimer(draft, world, input.timer));
    default:
      return unreachable(input);
  }
}

function onCall(world: World, id: CallId, context: Context, step: (draft: CallDraft) => void): Decision {
  const call = world.call(id);
  if (call === undefined) return nothing;
  const draft = new CallDraft(call, context);
  step(draft);
  return decisionOf(world, draft);
}

function onCommand(world: World, command: ControlCall, context: Context): Decision {
  const reply = (result: Result<undefined, ControlRefusal>): CallAction => ({
    type: "control-reply",
    to: command.correlation,
    result,
  });
  const found = legOfCommand(world, command);
  if (found === undefined) return { ...nothing, actions: [reply(refused({ code: "unknown-leg" }))] };
  const [call, leg] = found;
  const { order } = command;
  if (order.type === "join" || order.type === "conference") {
    const second = legOfCommand(world, { ...command, leg: order.other });
    if (second === undefined) return { ...nothing, actions: [reply(refused({ code: "unknown-leg" }))] };
    const [decision, result] = ofTwoCalls(
      { world, context },
      [[call, leg], second],
      order.type === "join" ? joinCalls : conference,
    );
    return { ...decision, actions: [...decision.actions, reply(result)] };
  }
  const draft = new CallDraft(call, context);
  const result = control(draft, world, leg, { ...command, order });
  const decision = decisionOf(world, draft);
  return result === undefined ? decision : { ...decision, actions: [...decision.actions, reply(result)] };
}

type OwnLeg = readonly [Call, Leg];

function ofTwoCalls(
  { world, context }: { readonly world: World; readonly context: Context },
  [[firstCall, firstLeg], [secondCall, secondLeg]]: readonly [OwnLeg, OwnLeg],
  unite: (first: Joining, second: Joining) => Result<undefined, ControlRefusal>,
): readonly [Decision, Result<undefined, ControlRefusal>] {
  const isOneUser =
    firstLeg.at.kind === "user" && secondLeg.at.kind === "user" && firstLeg.at.user === secondLeg.at.user;
  if (firstCall.id === secondCall.id || !isOneUser)
    return [nothing, refused({ code: "not-now", why: "these are no two calls of one user" })];
  const first = { draft: new CallDraft(firstCall, context), leg: firstLeg };
  const second = { draft: new CallDraft(secondCall, context), leg: secondLeg };
  const result = unite(first, second);
  return [result.ok ? decisionOf(world, second.draft, first.draft) : nothing, result];
}

/** A phone asks to send its call on. It is told at once when that cannot be. */
function onRefer(world: World, fact: Extract<LegFact, { type: "refer-asked" }>, context: Context): Decision {
  const call = world.callOfLeg(fact.leg);
  const leg = call?.legs.find(({ id }) => id === fact.leg);
  if (call === undefined || leg === undefined) return nothing;
  const refuse = (): Decision =>
    onCall(world, call.id, context, (draft) => draft.order(leg.id, { type: "refer-result", status: 603 }));
  if (fact.replaces === null) {
    return onCall(world, call.id, context, (draft) => {
      const result = transferTo(draft, world, leg, { number: fact.number, isTold: true });
      if (!result.ok)
        draft.order(leg.id, { type: "refer-result", status: result.error.code === "invalid-number" ? 404 : 603 });
    });
  }
  const other = world.callOfLeg(fact.replaces);
  const otherLeg = other?.legs.find(({ id }) => id === fact.replaces);
  if (other === undefined || otherLeg === undefined || other.tenant !== call.tenant) return refuse();
  const [decision, result] = ofTwoCalls(
    { world, context },
    [
      [call, leg],
      [other, otherLeg],
    ],
    (first, second) => joinCalls(first, second, true),
  );
  return result.ok ? decision : refuse();
}

function onAnyFact(world: World, fact: LegFact, context: Context): Decision {
  switch (fact.type) {
    case "incoming":
      return callFromPhone(fact, world, context);
    case "refer-asked":
      return onRefer(world, fact, context);
    default:
      return onFact(world, fact, context);
  }
}

type FactOfLeg = Exclude<LegFact, { type: "incoming" | "refer-asked" }>;

function onFact(world: World, fact: FactOfLeg, context: Context): Decision {
  const call = world.callOfLeg(fact.leg);
  const leg = call?.legs.find(({ id }) => id === fact.leg);
  if (call === undefined || leg === undefined || leg.state === "ended") return nothing;
  return onCall(world, call.id, context, (draft) => onLegFact(draft, world, leg, fact));
}

function onLegFact(draft: CallDraft, world: World, leg: Leg, fact: FactOfLeg): void {
  switch (fact.type) {
    case "ringing":
      return leg.isEnding ? undefined : legRings(draft, leg, fact);
    case "answered":
      return legAnswers(draft, world, leg);
    case "digit":
      draft.tellDigit(leg.id, fact.digit);
      return servedBy(draft, leg) ? tellAttendant(draft, world, { type: "digit", digit: fact.digit }) : undefined;
    case "play-done":
      return servedBy(draft, leg) ? tellAttendant(draft, world, { type: "said" }) : undefined;
    case "record-done": {
      const isAttendants = leg.recording?.id === fact.recording && leg.recording.by === "attendant";
      recordDone(draft, world, leg, fact);
      return isAttendants ? tellAttendant(draft, world, { type: "recorded", lasted: fact.lasted }) : undefined;
    }
    case "ended":
      return legEnds(draft, world, leg, fact);
    case "held":
      return void hold(draft, leg, "phone");
    case "resumed":
      return void resume(draft, leg, "phone");
    case "failed":
      return draft.answerAsked(leg.id, refused({ code: "not-supported", why: fact.why }), fact.action);
    case "media-silent":
      return fallsSilent(draft, leg, fact.since);
    case "media-heard":
      return isHeardAgain(draft, leg);
    case "media-cut-off":
      return isCutOff(draft, leg, fact.trouble);
    default:
      return unreachable(fact);
  }
}

const servedBy = ({ call }: CallDraft, leg: Leg): boolean => call.attendant?.leg === leg.id;

function onTimer(draft: CallDraft, world: World, timer: CallTimer): void {
  switch (timer) {
    case "ring":
      return ringTimesOut(draft, world);
    case "park":
      return parkedTooLong(draft, world);
    case "digit":
      return tellAttendant(draft, world, { type: "silent" });
    case "mobile":
      return mobileIsDue(draft, world);
    case "silence":
      return silentTooLong(draft);
    case "first-sign":
    case "tone":
      return endCall(draft, draft.call.end ?? verdictOf({ kind: "ordered", why: "no-answer" }));
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
  const carriers = draft.alive().filter(({ at }) => at.kind === "trunk");
  for (const leg of carriers) draft.endLeg(leg, end);
  draft.rowKept();
  if (carriers.length === 0 || draft.rung().length > 0) return;
  draft.reply(refused({ code: "database-away" }));
  endCall(draft, end);
}

/** The book cannot take the call: whoever waits is refused, and nothing is left behind. */
function rowLost(draft: CallDraft): void {
  draft.reply(refused({ code: "database-away" }));
  draft.rowKept();
  endCall(draft, verdictOf({ kind: "ordered", why: "overloaded" }));
}
