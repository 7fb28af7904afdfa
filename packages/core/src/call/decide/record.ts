import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import { LONGEST_RECORDING } from "../limits.ts";
import type { Call, Leg, LegRecording, World } from "../types.ts";
import { partyOf } from "./party.ts";

/** Whether there is something to be recorded at a leg: it talks with others, or has come to where they meet. */
const isInTalk = ({ joined }: Call, { id, state, link }: Leg): boolean =>
  state === "answered" && (joined.includes(id) || link.kind === "room");

/** Starts to record what a leg says and hears. */
export function record(
  draft: CallDraft,
  world: World,
  leg: Leg,
  by: "command" | "rule",
): Result<undefined, ControlRefusal> {
  if (leg.recording !== null) {
    // Its file is still being completed: the next one begins when it is.
    if (leg.recording.wish === "off") draft.updateLeg(leg.id, { recording: { ...leg.recording, wish: "anew" } });
    return ok(undefined);
  }
  const { tenant, id: call } = draft.call;
  if (leg.at.kind !== "user" || !isInTalk(draft.call, leg)) {
    return refused({ code: "not-now", why: "there is no talk to record" });
  }
  const startedAt = draft.context.now;
  const recording: LegRecording = { id: draft.context.newId("rec"), startedAt, by, wish: "on" };
  const [other] = draft.partnersOf(leg.id);
  draft.updateLeg(leg.id, { recording });
  draft.do({
    type: "open-recording",
    recording: {
      id: recording.id,
      tenant,
      call,
      leg: leg.id,
      extension: leg.at.extension,
      other: other === undefined ? draft.call.to : partyOf(other),
      startedAt,
      by,
    },
  });
  draft.order(leg.id, {
    type: "record",
    recording: recording.id,
    tracks: "both",
    atMost: LONGEST_RECORDING,
    untilSilence: null,
    hasNotice: world.directory.tenant(tenant)?.hasRecordingNotice !== false,
  });
  draft.tellRecording({ event: "recording.started.v1", leg: leg.id, recording: recording.id });
  return ok(undefined);
}

/** Ends a recording; it is over when the file is complete. What a rule wants is recorded for as long as the rule stands. */
export function stopRecord(draft: CallDraft, world: World, leg: Leg): Result<undefined, ControlRefusal> {
  const { id, recording } = leg;
  if (recording === null || recording.by === "attendant") return ok(undefined);
  if (recording.by === "rule" && isAlwaysRecorded(draft, world, leg))
    return refused({ code: "not-now", why: "every talk of this user is recorded" });
  draft.updateLeg(id, { recording: { ...recording, wish: "off" } });
  if (recording.wish === "on") draft.order(id, { type: "stop-recording", recording: recording.id });
  return ok(undefined);
}

/** Starts to record those who have just begun to talk, and whose talks are always recorded. Once a talk: a full disk ends it for good. */
export function settleRecordings(draft: CallDraft, world: World): void {
  if (draft.call.phase !== "talking") return;
  for (const leg of draft.alive()) {
    const isNew = isInTalk(draft.call, leg) && !wasInTalk(draft.before, leg);
    if (isNew && isAlwaysRecorded(draft, world, leg)) record(draft, world, leg, "rule");
  }
}

function wasInTalk(before: Call, { id }: Leg): boolean {
  const leg = before.legs.find((each) => each.id === id);
  return before.phase === "talking" && leg !== undefined && isInTalk(before, leg);
}

const isAlwaysRecorded = ({ call }: CallDraft, { directory }: World, { at }: Leg): boolean =>
  at.kind === "user" && directory.user(call.tenant, at.user)?.isAlwaysRecorded === true;

/** A recording of a call is complete. A full disk ends it, and not the call. */
export function recordDone(
  draft: CallDraft,
  world: World,
  leg: Leg,
  fact: Extract<LegFact, { type: "record-done" }>,
): void {
  if (leg.recording?.id !== fact.recording) return;
  const { by, wish } = leg.recording;
  draft.updateLeg(leg.id, { recording: null });
  if (by === "attendant") return;
  const { recording, lasted, why } = fact;
  draft.do({ type: "close-recording", tenant: draft.call.tenant, id: recording, lasted });
  const lastedSeconds = Math.round(lasted / 100) / 10;
  draft.tellRecording({ event: "recording.ended.v1", leg: leg.id, recording, lastedSeconds, why });
  const now = draft.leg(leg.id);
  if (wish === "anew" && now !== undefined) record(draft, world, now, "command");
}
