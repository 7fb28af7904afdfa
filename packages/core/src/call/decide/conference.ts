import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { route } from "../../routing/index.ts";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import { RING } from "../limits.ts";
import type { Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { endCall } from "./end.ts";
import type { Joining } from "./join.ts";
import { reach } from "./reach.ts";

/** Talkers in one call, at most; conference rooms take more. */
const MAX_TALKERS = 16;

/** Makes one talk of two calls of one user, who stays in it with one leg. */
export function conference(first: Joining, second: Joining): Result<undefined, ControlRefusal> {
  const stay = first.draft.partnersOf(first.leg.id);
  const come = second.draft.partnersOf(second.leg.id);
  const isBusy = first.draft.call.round !== null || second.draft.call.round !== null;
  if (stay.length === 0 || come.length === 0 || isBusy)
    return refused({ code: "not-now", why: "there are no two talks to join" });
  if (stay.length + come.length >= MAX_TALKERS)
    return refused({ code: "not-now", why: "that would be too many in one talk" });
  for (const leg of come) {
    second.draft.giveAway(leg);
    first.draft.take(leg);
  }
  for (const { draft, leg } of [first]) draft.updateLeg(leg.id, { hold: leg.hold === "command" ? null : leg.hold });
  first.draft.join(first.leg, ...stay, ...come);
  first.draft.tell("call.changed.v1");
  endCall(second.draft, verdictOf({ kind: "ordered", why: "replaced" }));
  return ok(undefined);
}

/** Calls a number, which joins all who talk when it answers. */
export function invite(draft: CallDraft, world: World, leg: Leg, number: string): Result<undefined, ControlRefusal> {
  const { call } = draft;
  if (call.phase !== "talking" || call.round !== null || !call.joined.includes(leg.id)) {
    return refused({ code: "not-now", why: "there is no talk to invite to" });
  }
  if (call.joined.length >= MAX_TALKERS) return refused({ code: "not-now", why: "that would be too many in one talk" });
  const way = route(world.directory, call.tenant, number);
  if (!way.ok) return refused({ code: "invalid-number" });
  draft.update({ tried: [] });
  const failure = reach(draft, world, way.value, { side: "callee", purpose: { kind: "invite" }, ring: RING });
  return failure === undefined ? ok(undefined) : refused({ code: "not-now", why: "nobody can be reached there" });
}
