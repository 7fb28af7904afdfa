import type { Millis } from "@cordboard/kernel";
import type { NameAddr } from "../message/values.ts";
import type { ReferTarget } from "../refer/refer-to.ts";
import type { Replaces } from "../refer/replaces.ts";
import type { IncomingRequest, Outcome, ResponseContent } from "./request-types.ts";

/** A peer asks, within a dialog, that its call be sent on. Exactly one of `accept` and `reject` answers it. @rfc 3515 */
export interface IncomingRefer extends Omit<IncomingRequest, "respond"> {
  readonly target: ReferTarget;
  /** Who asks, by Referred-By. @rfc 3892 */
  readonly referredBy: NameAddr | undefined;
  /** Sends 202, and 100 in the first NOTIFY. Undefined when it was answered before. */
  accept(): ReferSubscription | undefined;
  /** Sends 300 to 699. False when it was answered before. */
  reject(status: number, content?: ResponseContent): boolean;
}

/** Tells the peer that asked what becomes of it, each time in a NOTIFY; goes on after the dialog's call has ended. */
export interface ReferSubscription {
  /** Nothing is told any more: a final status was, the peer does not listen or never wanted to, or the deadline passed. */
  readonly isOver: boolean;
  /** Settles when the peer has answered the last word, or never will: a BYE that comes before takes the call away from under it. */
  readonly settled: Promise<void>;
  /** Tells the status of the call that was asked for; 200 and above is the last word. What waits to be told is replaced. */
  tell(status: number): void;
}

/** What a peer is asked to do. */
export interface ReferOptions {
  /** The dialog whose place the new call is to take, as the target knows it. */
  readonly replaces?: Replaces;
  /** Who asks, as URI or name-addr. */
  readonly referredBy?: string;
  /** Asks for no word on what becomes of it. @rfc 4488 */
  readonly isSilent?: boolean;
  /** Hears each status that the peer tells. */
  readonly onProgress?: (status: number) => void;
  /** After so long without a word the peer is no longer listened to, in milliseconds. 180,000 unless said otherwise. */
  readonly patienceMs?: Millis;
}

/** A call that a peer was asked to send on. */
export interface Referral {
  /** What became of the REFER itself. */
  readonly accepted: Promise<Outcome>;
  /** The last status told; undefined when the peer refused, or left without one. */
  readonly result: Promise<number | undefined>;
}
