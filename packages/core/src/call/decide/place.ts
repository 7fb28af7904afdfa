import type { CallDraft } from "../draft.ts";
import { PARKED } from "../limits.ts";
import type { Transferor } from "../types.ts";

/** Whoever is left waits at the number. */
export function parkAt(draft: CallDraft, number: string, by: Transferor): void {
  draft.part(...draft.call.joined);
  draft.update({ phase: "talking", parked: { number, by } });
  draft.startTimer("park", PARKED);
  draft.tell("call.parked.v1");
}
