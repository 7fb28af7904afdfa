import type { PathTrouble } from "../media/index.ts";

/** Who is behind the end of a leg. */
export type EndParty = "caller" | "callee" | "carrier" | "platform";

/** What kind of end it was, for reports: one word of five, or unknown. */
export type EndClass = "success" | "caller" | "callee" | "carrier" | "platform" | "unknown";

/** Why a leg ended, in stable words. */
export type EndWhy =
  | "normal-clearing"
  | "cancelled"
  | "completed-elsewhere"
  | "busy"
  | "declined"
  | "no-answer"
  | "no-devices"
  | "not-registered"
  | "unknown-number"
  | "loop-detected"
  | "not-permitted"
  | "no-common-codec"
  | "not-protected"
  | "no-ports"
  | "overloaded"
  | "carrier-refused"
  | "unreachable"
  | "timed-out"
  | "media-lost"
  | "no-sound"
  | PathTrouble
  | "replaced"
  | "transferred"
  | "parked"
  | "shutting-down"
  | "interrupted"
  | "fault";

/** The verdict on a leg: who ended it and why, in our words, in Q.850's and in SIP's. */
export interface EndReason {
  readonly why: EndWhy;
  readonly party: EndParty;
  readonly class: EndClass;
  /** ITU-T Q.850 cause, 1 to 127. */
  readonly cause: number;
  /** The SIP status that says it, 200 for a normal clearing. */
  readonly sip: number;
}
