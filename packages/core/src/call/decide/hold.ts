import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { Leg } from "../types.ts";

/** A leg puts whom it talks with on hold, by its phone or by a command. What each hears follows from that. */
export function hold(draft: CallDraft, leg: Leg, by: "phone" | "command"): Result<undefined, ControlRefusal> {
  if (leg.hold !== null) return ok(undefined);
  if (leg.state !== "answered" || leg.isLeaving) return refused({ code: "not-now", why: "there is no talk to hold" });
  draft.updateLeg(leg.id, { hold: by });
  draft.tellLeg("leg.held.v1", leg.id);
  return ok(undefined);
}

/** Ends a hold. What a phone holds it has to take back itself: its description says that it will not hear us. */
export function resume(draft: CallDraft, leg: Leg, by: "phone" | "command"): Result<undefined, ControlRefusal> {
  if (leg.hold === null) return ok(undefined);
  if (leg.hold !== by) return refused({ code: "not-now", why: "the phone itself holds the call" });
  draft.updateLeg(leg.id, { hold: null });
  draft.tellLeg("leg.resumed.v1", leg.id);
  return ok(undefined);
}
