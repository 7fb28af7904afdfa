import type { CallId, LegId } from "@cordboard/kernel";
import type { Party } from "./actions.ts";
import type { EndReason } from "./end-reason.ts";

/** How the sound of a talk is: of all who talk, of some, or of none there is any. */
export type TalkSound = "fine" | "one-way" | "dead";

/** A live call as the outside sees it. Times are ISO 8601 in UTC. */
export interface CallView {
  readonly id: CallId;
  readonly state: "setup" | "ringing" | "talking" | "ended";
  /** What started it: a phone's INVITE or a command. */
  readonly origin: "phone" | "command";
  readonly startedAt: string;
  readonly answeredAt: string | null;
  readonly endedAt: string | null;
  /** The number at which it waits until somebody dials that, or null. */
  readonly parkedAt: string | null;
  readonly from: Party;
  readonly to: Party;
  /** The legs that hear one another now. */
  readonly joined: readonly LegId[];
  /** All legs that the call has had, in the order in which they were made. */
  readonly legs: readonly LegView[];
}

/** One side of a live call. */
export interface LegView {
  readonly id: LegId;
  readonly side: "caller" | "callee";
  /** The user's extension, or null for a leg to a trunk. */
  readonly extension: string | null;
  readonly trunk: string | null;
  readonly state: "setup" | "ringing" | "answered" | "ended";
  /** A recording of what it says and hears runs. */
  readonly isRecorded: boolean;
  /** What it is among those it is joined with: only talkers are heard by all. */
  readonly role: "talker" | "listener" | "whisperer";
  /** It has put the other side on hold. */
  readonly isHolding: boolean;
  /** Its peer sends nothing, though it should. */
  readonly isSilent: boolean;
  readonly sipCallId: string | null;
  readonly startedAt: string;
  readonly answeredAt: string | null;
  readonly endedAt: string | null;
  readonly end: EndReason | null;
}
