import type { Result } from "@cordboard/kernel";
import { ok, refused, unreachable } from "@cordboard/kernel";
import { may } from "../../identity/index.ts";
import type { ControlCall, ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { Call, Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { invite } from "./conference.ts";
import { endCall } from "./end.ts";
import { handOver } from "./hand-over.ts";
import { hold, resume } from "./hold.ts";
import { park } from "./park.ts";
import { pickUp } from "./pick-up.ts";
import { record, stopRecord } from "./record.ts";
import { supervise } from "./supervise.ts";
import { transferTo } from "./transfer.ts";

/** Longest series of digits of one command. */
const MAX_DIGITS = 64;

/** The leg that a command is about, when the actor may act for it; what is not the actor's is unknown to it. */
export function legOfCommand(world: World, command: ControlCall): readonly [Call, Leg] | undefined {
  const { actor, leg: id } = command;
  const call = world.callOfLeg(id);
  const leg = call?.legs.find((each) => each.id === id);
  if (call === undefined || leg === undefined || call.tenant !== actor.tenant) return undefined;
  if (leg.at.kind !== "user" || leg.state === "ended") return undefined;
  return isAllowed(command, leg.at.extension) ? [call, leg] : undefined;
}

/** What a command does to somebody else's leg needs a right of its own. */
function isAllowed({ actor, order }: ControlCall, extension: string): boolean {
  if (order.type === "pick-up") return may(actor, { type: "pick-up" });
  if (order.type === "supervise") return may(actor, { type: "supervise" });
  return may(actor, { type: "control-leg", extension });
}

/** What is about one call alone. */
export type OwnOrder = Exclude<ControlCall["order"], { type: "join" | "conference" }>;

/** Does what one leg of a call is told, or says why not; undefined when that is not known yet. */
export function control(
  draft: CallDraft,
  world: World,
  leg: Leg,
  { order, actor, correlation }: Pick<ControlCall, "actor" | "correlation"> & { readonly order: OwnOrder },
): Result<undefined, ControlRefusal> | undefined {
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
    case "mute":
      return mute(draft, leg, order.isMuted);
    case "answer":
      return answer(draft, leg, correlation);
    case "record":
      return order.isOn ? record(draft, world, leg, "command") : stopRecord(draft, world, leg);
    case "park":
      return park(draft, world, leg, order.number);
    case "invite":
      return invite(draft, world, leg, order.number);
    case "supervise":
      return supervise(draft, world, leg, { actor, extension: order.extension, as: order.as });
    case "pick-up":
      return pickUp(draft, world, leg, { actor, extension: order.extension, device: order.device });
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
  // One device of several that ring, one of several that talk, and one that is leaving, go alone.
  const { joined, round } = draft.call;
  const isOneOfSeveral =
    (round?.legs.includes(leg.id) === true && draft.rung().length > 1) ||
    (joined.includes(leg.id) && joined.length > 2);
  if (isOneOfSeveral || leg.isLeaving) return draft.endLeg(leg, end);
  endCall(draft, end);
}

function mute(draft: CallDraft, leg: Leg, isMuted: boolean): Result<undefined, ControlRefusal> {
  if (leg.isMuted === isMuted) return ok(undefined);
  if (leg.state !== "answered") return refused({ code: "not-now", why: "there is no talk" });
  draft.updateLeg(leg.id, { isMuted });
  draft.tell("call.changed.v1");
  return ok(undefined);
}

/** Whether the device can be told to answer shows when it is told: the command is answered then. */
function answer(
  draft: CallDraft,
  leg: Leg,
  to: ControlCall["correlation"],
): Result<undefined, ControlRefusal> | undefined {
  if (leg.state === "answered") return ok(undefined);
  if (leg.isIncoming || leg.state !== "ringing") return refused({ code: "not-now", why: "the device does not ring" });
  draft.orderFor(to, leg.id, { type: "talk" });
  return undefined;
}

function sendDigits(draft: CallDraft, leg: Leg, digits: string): Result<undefined, ControlRefusal> {
  if (digits.length > MAX_DIGITS || !/^[0-9*#A-D]+$/.test(digits)) return refused({ code: "invalid-digits" });
  const [partner] = draft.partnersOf(leg.id);
  if (partner === undefined) return refused({ code: "not-now", why: "there is nobody to hear them" });
  draft.order(partner.id, { type: "send-digits", digits });
  return ok(undefined);
}
