import type { CallDraft } from "../draft.ts";
import type { EndWhy } from "../end-reason.ts";
import type { World } from "../types.ts";
import { verdictOf } from "../verdict.ts";
import { endCall } from "./end.ts";
import { reach } from "./reach.ts";
import { giveUpOnTalker } from "./round.ts";

/** Calls where the dialled number leads; the caller's leg is there. Refusals end the caller's side. */
export function callDestination(draft: CallDraft, world: World): void {
  const { destination } = draft.call;
  draft.update({ phase: "calling", round: null });
  if (destination === null) return giveUp(draft, "unknown-number");
  const failure = reach(draft, world, destination, { side: "callee", purpose: { kind: "call" } });
  if (failure !== undefined) giveUp(draft, failure);
}

/** Nobody can be reached. A phone that called hears the refusal; somebody who was rung to call hears a tone first. */
function giveUp(draft: CallDraft, why: EndWhy): void {
  const end = verdictOf({ kind: "ordered", why });
  if (draft.alive().some(({ state }) => state === "answered")) giveUpOnTalker(draft, end);
  else endCall(draft, end);
}
