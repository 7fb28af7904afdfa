import type { Result } from "@cordboard/kernel";
import { ok, refused, unreachable } from "@cordboard/kernel";
import { may } from "../../identity/index.ts";
import type { ControlCall, ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { Call, Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { endCall } from "./end.ts";
import { handOver } from "./hand-over.ts";
import { hold, resume } from "./hold.ts";
import { transferTo } from "./transfer.ts";

/** Longest series of digits of one command. */
const MAX_DIGITS = 64;

/** The leg that a command is about, when the actor may act for it; what is not the actor's is unknown to it. */
export function legOfCommand(world: World, { actor, leg: id }: ControlCall): readonly [Call, Leg] | undefined {
  const call = world.callOfLeg(id);
  const leg = call?.legs.find((each) => each.id === id);
  if (call === undefined || leg === undefined || call.tenant !== actor.tenant) return undefined;
  if (leg.at.kind !== "user" || leg.state === "ended") return undefined;
  return may(actor, { type: "control-leg", extension: leg.at.extension }) ? [call, leg] : undefined;
}

/** Does what one leg of a call is told, or says why not; but for `join`, which is about two calls. */
export function control(
  draft: CallDraft,
  world: World,
  leg: Leg,
  order: Exclude<ControlCall["order"], { type: "join" }>,
): Result<undefined, ControlRefusal> {
  if (order.type === "hang-up") {
    hangUp(draft, leg);
    return ok(undefined);
  }
  if (leg.isEnding || draft.call.phase === "closing") return refused({ code: "unknown-leg" });
  switch (order.type) {
    case "hold":
      return hold(draft, leg, "command");
    case "resume":
      return resume(draft, leg, "command");
    case "transfer":
      return transferTo(draft, world, leg, { number: order.number, isTold: false });
    case "hand-over":
      return handOver(draft, world, leg, order.device);
    case "send-digits":
      return sendDigits(draft, leg, order.digits);
    default:
      return unreachable(order);
  }
}

function hangUp(draft: CallDraft, leg: Leg): void {
  const end = verdictOf({ kind: "ordered", why: "normal-clearing" });
  // One device of several that ring, or one that is leaving, goes alone.
  if (draft.rung().some(({ id }) => id === leg.id) && draft.rung().length > 1) return draft.endLeg(leg, end);
  if (leg.isLeaving) return draft.endLeg(leg, end);
  endCall(draft, end);
}

function sendDigits(draft: CallDraft, leg: Leg, digits: string): Result<undefined, ControlRefusal> {
  if (digits.length > MAX_DIGITS || !/^[0-9*#A-D]+$/.test(digits)) return refused({ code: "invalid-digits" });
  const [partner] = draft.partnersOf(leg.id);
  if (partner === undefined) return refused({ code: "not-now", why: "there is nobody to hear them" });
  draft.order(partner.id, { type: "send-digits", digits });
  return ok(undefined);
}
