import type { CallView } from "../call/index.ts";
import type { CallSign } from "./types.ts";

/** What an extension does in a call, of all its legs the most; `undefined` when it does nothing there. */
export function callSign({ legs, origin }: CallView, extension: string): CallSign | undefined {
  let sign: CallSign | undefined;
  for (const leg of legs) {
    if (leg.extension !== extension) continue;
    // Until somebody answers, a phone that dials is in set-up; one that we call is that only until it rings.
    const dials = leg.state === "setup" && leg.side === "caller" && origin === "phone";
    if (leg.state === "answered" || dials) return "talking";
    if (leg.state === "ringing") sign = "ringing";
  }
  return sign;
}
