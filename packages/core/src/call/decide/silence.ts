import type { Millis } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";
import type { PathTrouble } from "../../media/index.ts";
import type { CallDraft } from "../draft.ts";
import type { Call, Leg } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import type { TalkSound } from "../view.ts";
import { endCall } from "./end.ts";

/** Nothing has come from a leg's peer for a time, though it should send. */
export function fallsSilent(draft: CallDraft, leg: Leg, since: Millis): void {
  if (leg.silentSince !== null) return;
  draft.updateLeg(leg.id, { silentSince: instant(draft.context.now - since) });
  if (leg.state === "answered") draft.tellSilence(leg.id, soundOf(draft.call));
}

/** Something came again. */
export function isHeardAgain(draft: CallDraft, leg: Leg): void {
  if (leg.silentSince === null) return;
  const lasted = draft.context.now - leg.silentSince;
  draft.updateLeg(leg.id, { silentSince: null, silentFor: ms(leg.silentFor + lasted) });
  if (leg.state === "answered") draft.tellLeg("leg.heard.v1", leg.id);
}

/**
 * How the sound of a talk is: a function of the call alone. Whoever holds, or is parked, need not send; of those who only listen
 * nothing is wanted.
 */
function soundOf(call: Call): TalkSound {
  const talkers = talkersOf(call);
  const { phase, parked } = call;
  if (phase !== "talking" || parked !== null || talkers.some(({ hold }) => hold !== null)) return "fine";
  const silent = talkers.filter(({ silentSince }) => silentSince !== null);
  return silent.length === 0 ? "fine" : silent.length === talkers.length ? "dead" : "one-way";
}

const talkersOf = ({ legs }: Call): readonly Leg[] =>
  legs.filter(({ state, isEnding, role }) => state === "answered" && !isEnding && role.kind !== "listener");

/** Gives a talk that has fallen silent its time, or takes it away. */
export function settleSilence(draft: CallDraft): void {
  const sound = soundOf(draft.call);
  if (sound === draft.call.sound) return;
  const { deadAfter, oneWayAfter } = draft.context.silence;
  const lastsFor = (of: TalkSound): Millis | null =>
    of === "dead" ? deadAfter : of === "one-way" ? oneWayAfter : null;
  const after = lastsFor(sound);
  if (after !== null) draft.startTimer("silence", after);
  else if (lastsFor(draft.call.sound) !== null) draft.stopTimer("silence");
  draft.update({ sound });
}

/**
 * It has been silent long enough: the talk ends, at once for all, because who is silent may be too dead to take leave. Of three who talk
 * the others go on.
 */
export function silentTooLong(draft: CallDraft): void {
  const end = verdictOf({ kind: "ordered", why: "no-sound" });
  const speaking = talkersOf(draft.call).filter(({ silentSince }) => silentSince === null);
  if (speaking.length < 2) return endCall(draft, end);
  for (const leg of talkersOf(draft.call)) if (leg.silentSince !== null) draft.endLeg(leg, end);
}

/**
 * No sound can get through to a leg's peer, or from there: nobody is kept waiting for it, at whatever else the call is. Of three who talk the
 * others go on.
 */
export function isCutOff(draft: CallDraft, leg: Leg, trouble: PathTrouble): void {
  // Before the answer some browsers do not even look for a way; once it is there they get their time anew.
  if (leg.state !== "answered" || leg.isEnding) return;
  draft.updateLeg(leg.id, { trouble });
  const end = verdictOf({ kind: "ordered", why: trouble });
  const others = talkersOf(draft.call).filter(({ id }) => id !== leg.id);
  if (leg.role.kind === "talker" && others.length < 2) endCall(draft, end);
  else draft.endLeg(leg, end);
}
