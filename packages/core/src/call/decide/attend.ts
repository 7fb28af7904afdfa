import type { RecordingId, UserId } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import type { AttendantAction, AttendantInput, Mailbox } from "../../voicemail/index.ts";
import { stepDeposit, stepMenu } from "../../voicemail/index.ts";
import type { CallDraft } from "../draft.ts";
import { DIGIT_PATIENCE, LONGEST_MESSAGE, MESSAGE_SILENCE } from "../limits.ts";
import type { Attendant, Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { endCall } from "./end.ts";

/** An attendant begins to serve a leg that has reached it. */
export function attend(draft: CallDraft, world: World, leg: Leg): void {
  const { destination, attendant, phase } = draft.call;
  if (attendant !== null || phase !== "talking" || leg.state !== "answered") return;
  const user = mailboxOwner(destination, leg);
  if (user === undefined) return;
  const language = world.mailbox(draft.call.tenant, user)?.language ?? "en";
  const serves = { leg: leg.id, user, language, says: [] };
  const begun: Attendant =
    destination?.kind === "mailbox"
      ? { ...serves, kind: "deposit", state: { at: "idle" } }
      : { ...serves, kind: "menu", state: { at: "idle" } };
  draft.update({ attendant: begun });
  tellAttendant(draft, world, { type: "begun" });
}

/** Whose messages: those of whom was called, or of whoever calls to hear them. */
function mailboxOwner(destination: CallDraft["call"]["destination"], leg: Leg): UserId | undefined {
  if (destination?.kind === "mailbox") return destination.user.id;
  const isMenu = destination?.kind === "service" && destination.service.kind === "voicemail";
  return isMenu && leg.at.kind === "user" ? leg.at.user : undefined;
}

/** Something has happened that the attendant may act on. */
export function tellAttendant(draft: CallDraft, world: World, input: AttendantInput): void {
  const { attendant, tenant, phase } = draft.call;
  // What was said until the end is kept even then.
  if (attendant === null || (phase !== "talking" && input.type !== "recorded")) return;
  const mailbox = world.mailbox(tenant, attendant.user);
  if (mailbox === undefined) return endCall(draft, verdictOf({ kind: "ordered", why: "fault" }));
  if (input.type === "digit") draft.stopTimer("digit");
  const [next, actions] = step(attendant, input, { mailbox, newRecording: () => draft.context.newId("rec") });
  draft.update({ attendant: input.type === "said" ? { ...next, says: [] } : next });
  if (input.type === "said") draft.updateLeg(attendant.leg, { hears: null });
  for (const action of actions) act(draft, next, action);
}

interface Looks {
  readonly mailbox: Mailbox;
  newRecording(): RecordingId;
}

function step(
  attendant: Attendant,
  input: AttendantInput,
  looks: Looks,
): readonly [Attendant, readonly AttendantAction[]] {
  if (attendant.kind === "deposit") {
    const [state, actions] = stepDeposit(attendant.state, input, looks);
    return [{ ...attendant, state }, actions];
  }
  const [state, actions] = stepMenu(attendant.state, input, looks);
  return [{ ...attendant, state }, actions];
}

function act(draft: CallDraft, { kind, leg, user }: Attendant, action: AttendantAction): void {
  const { tenant, attendant, phase } = draft.call;
  if (phase !== "talking" && (action.type === "say" || action.type === "record" || action.type === "wait")) return;
  switch (action.type) {
    case "say":
      if (attendant !== null) draft.update({ attendant: { ...attendant, says: action.words } });
      return draft.updateLeg(leg, { hears: null });
    case "record":
      return takeDown(draft, { kind, leg, user }, action.recording);
    case "stop-recording":
      return draft.order(leg, { type: "stop-recording", recording: action.recording });
    case "wait":
      return draft.startTimer("digit", DIGIT_PATIENCE);
    case "keep-message":
      return draft.do({ type: "mailbox", change: { ...action, tenant } });
    case "keep-greeting":
      return draft.do({
        type: "mailbox",
        change: { type: "keep-greeting", tenant, user, recording: action.recording },
      });
    case "reset-greeting":
      return draft.do({ type: "mailbox", change: { type: "reset-greeting", tenant, user } });
    case "mark-heard":
    case "delete":
      return draft.do({ type: "mailbox", change: { type: action.type, tenant, message: action.message } });
    case "discard":
      return draft.do({ type: "mailbox", change: { type: "discard", tenant, recording: action.recording } });
    case "hang-up":
      return endCall(draft, verdictOf({ kind: "ordered", why: "normal-clearing" }));
    default:
      return unreachable(action);
  }
}

function takeDown(
  draft: CallDraft,
  { kind, leg, user }: Pick<Attendant, "kind" | "leg" | "user">,
  recording: RecordingId,
): void {
  const { tenant, id: call, from } = draft.call;
  if (kind === "deposit") {
    const at = draft.context.now;
    const message = {
      id: draft.context.newId("vm"),
      tenant,
      user,
      from,
      at,
      lasted: ms(0),
      isHeard: false,
      recording,
      call,
    };
    draft.do({ type: "mailbox", change: { type: "begin-message", message } });
  }
  draft.updateLeg(leg, { recording: { id: recording, startedAt: draft.context.now, by: "attendant", wish: "on" } });
  draft.order(leg, {
    type: "record",
    recording,
    tracks: "leg",
    atMost: LONGEST_MESSAGE,
    untilSilence: MESSAGE_SILENCE,
    hasNotice: false,
  });
}
