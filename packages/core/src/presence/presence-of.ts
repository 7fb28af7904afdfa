import { isQuiet, saidBy } from "./is-quiet.ts";
import type { Presence, PresenceFacts, Shown } from "./types.ts";

/**
 * How a user is, out of all that is known of it. What the phone does goes before what the user said, and that before whether
 * anybody is there: who is not connected but ringing or talking shows as ringing or talking, and who would show as available
 * without being connected is offline, even with a phone on its desk that would ring (see `isRegistered`).
 */
export function presenceOf(facts: PresenceFacts): Presence {
  const { doNotDisturb, isRegistered, isConnected } = facts;
  const said = saidBy(facts);
  // Phones that do not ring are told as such, whatever the user says; and no word that runs out ends that.
  const status = isQuiet(facts) ? "do-not-disturb" : said.status;
  const until = doNotDisturb ? null : said.until;
  return { shown: shownOf(facts, status), status, text: said.text, until, isRegistered, isConnected };
}

function shownOf({ calls, isConnected }: PresenceFacts, status: Presence["status"]): Shown {
  if (calls.includes("talking")) return "talking";
  if (calls.includes("ringing")) return "ringing";
  return status === "available" && !isConnected ? "offline" : status;
}
