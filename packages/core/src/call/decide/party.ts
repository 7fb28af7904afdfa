import type { Party } from "../actions.ts";
import type { Leg } from "../types.ts";

/** Who a leg is, as its other side is shown it. */
export const partyOf = ({ at }: Leg): Party =>
  at.kind === "user" ? { name: at.name, number: at.extension } : { name: "", number: at.number };
