import type { CallDraft } from "../draft.ts";
import type { Leg } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { partyOf } from "./party.ts";

/**
 * A leg that calls in takes part in a call that is there: it picks up one that rings or is parked, or takes the place of another
 * leg of it (RFC 3891).
 * @rfc 3891#3
 */
export function takeOver(
  draft: CallDraft,
  taker: Pick<Leg, "id" | "at"> & Partial<Leg>,
  instead: Leg | undefined,
): void {
  const side = instead?.side ?? draft.call.parked?.by.side ?? draft.rung()[0]?.side ?? "callee";
  draft.addLeg({ ...taker, side });
  const leg = draft.leg(taker.id);
  if (leg === undefined) return;
  const others =
    instead === undefined ? draft.staying().filter(({ id }) => id !== leg.id) : draft.partnersOf(instead.id);
  const [other] =
    others.length === 0 ? draft.staying().filter(({ id }) => id !== leg.id && id !== instead?.id) : others;
  if (other === undefined) {
    draft.tell("call.changed.v1");
    return draft.endLeg(leg, verdictOf({ kind: "ordered", why: "cancelled" }));
  }
  const rung = draft.rung();
  const wasParked = draft.call.parked !== null;
  if (draft.call.round !== null) draft.closeRound();
  if (wasParked) draft.stopTimer("park");
  for (const each of rung) draft.endLeg(each, verdictOf({ kind: "ordered", why: "completed-elsewhere" }));
  for (const each of draft.alive()) {
    if (each.isLeaving) draft.endLeg(each, verdictOf({ kind: "ordered", why: "transferred" }));
  }
  if (leg.isIncoming) {
    draft.orderOnceInBook(leg.id, { type: "answer", like: other.state === "answered" ? other.id : null });
  }
  if (other.isIncoming && other.state !== "answered") draft.orderOnceInBook(other.id, { type: "answer", like: leg.id });
  const party = partyOf(leg);
  draft.update({ phase: "talking", parked: null, ...(side === "caller" ? { from: party } : { to: party }) });
  draft.join(other, leg);
  if (draft.call.answeredAt === null) draft.markAnswered();
  else draft.tell(wasParked ? "call.retrieved.v1" : "call.transferred.v1");
  if (instead !== undefined) draft.endLeg(instead, verdictOf({ kind: "ordered", why: "replaced" }));
}
