import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { LegFact } from "../facts.ts";
import { LONGEST_RECORDING } from "../limits.ts";
import type { Leg, LegRecording } from "../types.ts";
import { partyOf } from "./party.ts";

/** Starts to record what a leg says and hears. */
export function record(draft: CallDraft, leg: Leg, by: "command" | "rule"): Result<undefined, ControlRefusal> {
  if (leg.recording !== null) return ok(undefined);
  const { joined, tenant, id: call } = draft.call;
  if (leg.state !== "answered" || leg.at.kind !== "user" || !joined.includes(leg.id)) {
    return refused({ code: "not-now", why: "there is no talk to record" });
  }
  const startedAt = draft.context.now;
  const recording: LegRecording = { id: draft.context.newId("rec"), startedAt, by };
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
    hasNotice: true,
  });
  draft.tellRecording({ event: "recording.started.v1", leg: leg.id, recording: recording.id });
  return ok(undefined);
}

/** Ends a recording; it is over when the file is complete. */
export function stopRecord(draft: CallDraft, { id, recording }: Leg): Result<undefined, ControlRefusal> {
  if (recording !== null && recording.by !== "attendant")
    draft.order(id, { type: "stop-recording", recording: recording.id });
  return ok(undefined);
}

/** A recording of a call is complete. A full disk ends it, and not the call. */
export function recordDone(draft: CallDraft, leg: Leg, fact: Extract<LegFact, { type: "record-done" }>): void {
  if (leg.recording?.id !== fact.recording) return;
  const { by } = leg.recording;
  draft.updateLeg(leg.id, { recording: null });
  if (by === "attendant") return;
  const { recording, lasted, why } = fact;
  draft.do({ type: "close-recording", tenant: draft.call.tenant, id: recording, lasted });
  const lastedSeconds = Math.round(lasted / 100) / 10;
  draft.tellRecording({ event: "recording.ended.v1", leg: leg.id, recording, lastedSeconds, why });
}
