import type { OwnStatus, PresenceFacts } from "./types.ts";

/** What holds for who has said nothing, or whose word has run out. */
const plain: OwnStatus = { status: "available", text: "", until: null };

/** What the user says of itself, as far as that holds now. */
export const saidBy = ({ own, now }: Pick<PresenceFacts, "own" | "now">): OwnStatus =>
  own !== null && (own.until === null || own.until > now) ? own : plain;

/**
 * Whether no phone of the user is to ring, and its callers go where a busy user's go. There are two ways to say so, and each is
 * enough: the lasting wish (`doNotDisturb` of {@link PresenceFacts}, a switch that stays until it is turned back) and the user's own
 * word `do-not-disturb`, which may run out by itself. Neither changes the other: who turns the switch on at lunch and says
 * `available` afterwards is still not rung, and is shown so, until the switch is off.
 */
export const isQuiet = (facts: Pick<PresenceFacts, "own" | "doNotDisturb" | "now">): boolean =>
  facts.doNotDisturb || saidBy(facts).status === "do-not-disturb";
