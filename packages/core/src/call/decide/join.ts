import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import type { Leg } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { endCall } from "./end.ts";
import { partyOf } from "./party.ts";

/** One of the two calls of somebody who joins them. */
export interface Joining {
  readonly draft: CallDraft;
  /** The leg of who joins them, in this call. */
  readonly leg: Leg;
}

/**
 * Joins those whom one user talks with in two calls; the user leaves both. The first call goes on with the other side of the
 * second, which ends. An attended transfer, by REFER with Replaces or by command.
 * @rfc 5589#7
 */
export function joinCalls(first: Joining, second: Joining, isTold = false): Result<undefined, ControlRefusal> {
  const [stays, third] = first.draft.partnersOf(first.leg.id);
  const [comes, fourth] = second.draft.partnersOf(second.leg.id);
  if (
    third !== undefined ||
    fourth !== undefined ||
    stays === undefined ||
    comes === undefined ||
    first.draft.call.round !== null ||
    second.draft.call.round !== null
  ) {
    return refused({ code: "not-now", why: "there are no two talks to join" });
  }
  const moved: Leg = { ...comes, side: first.leg.side, hold: null };
  second.draft.giveAway(comes);
  first.draft.take(moved);
  const party = partyOf(moved);
  first.draft.update(moved.side === "caller" ? { from: party } : { to: party });
  first.draft.join(stays, moved);
  first.draft.tell("call.transferred.v1");
  const transferred = verdictOf({ kind: "ordered", why: "transferred" });
  if (isTold) first.draft.order(first.leg.id, { type: "refer-result", status: 200 });
  first.draft.endLeg(first.leg, transferred);
  endCall(second.draft, transferred);
  return ok(undefined);
}
