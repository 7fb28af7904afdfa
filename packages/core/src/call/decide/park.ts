import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { ControlRefusal } from "../control.ts";
import type { CallDraft } from "../draft.ts";
import { TRANSFER_RING } from "../limits.ts";
import type { Leg, World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { parkAt } from "./place.ts";
import { ringAgain } from "./transfer.ts";

/** Lets the other side wait at a number of the house, the first that is free unless one is named, and leaves. */
export function park(
  draft: CallDraft,
  world: World,
  leg: Leg,
  wanted: string | null,
): Result<undefined, ControlRefusal> {
  const { call } = draft;
  if (call.phase !== "talking" || call.round !== null || draft.partnersOf(leg.id).length !== 1) {
    return refused({ code: "not-now", why: "there is nobody to park" });
  }
  const places = world.directory.services(call.tenant).filter(({ kind }) => kind === "park");
  const number = places
    .map((place) => place.number)
    .filter((place) => wanted === null || place === wanted)
    .find((place) => world.parkedAt(call.tenant, place) === undefined);
  if (number !== undefined) {
    parkAt(draft, number, { leg: leg.id, side: leg.side, at: leg.at, isTold: false });
    draft.endLeg(leg, verdictOf({ kind: "ordered", why: "parked" }));
    return ok(undefined);
  }
  if (wanted !== null && !places.some((place) => place.number === wanted)) return refused({ code: "invalid-number" });
  return refused({ code: "not-now", why: "there is no free place to park" });
}

/** Nobody has come for the call: it goes back to who parked it, or waits on. */
export function parkedTooLong(draft: CallDraft, world: World): void {
  const { parked } = draft.call;
  if (parked === null || draft.call.phase !== "talking") return;
  draft.update({ phase: "calling", parked: null });
  if (ringAgain(draft, world, parked.by)) return;
  draft.update({ phase: "talking", parked });
  draft.startTimer("park", TRANSFER_RING);
}
