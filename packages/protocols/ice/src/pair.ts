import type { Millis } from "@cordboard/kernel";
import type { Endpoint } from "./address.ts";

/** One way to the peer: from our one socket to one of its addresses. */
export interface Pair {
  readonly remote: Endpoint;
  /** Priority of the peer's candidate. */
  readonly remotePriority: number;
  state: "waiting" | "in-progress" | "succeeded" | "failed";
  /** The check under way, by its transaction in hexadecimal digits. */
  transaction: string | undefined;
  tries: number;
  /** When the check under way is sent again, or given up. */
  nextAt: Millis;
  /** When it last proved to lead there and back. */
  provedAt: Millis | undefined;
  /** The check under way says that it is us who choose. */
  wasControlling: boolean;
  /** The check under way tells the peer that this is the way. */
  isNominating: boolean;
  /** The peer, who chooses, has chosen it, before it had succeeded. */
  isWanted: boolean;
}

/** A way that nothing is known of yet. */
export const freshPair = (remote: Endpoint, remotePriority: number, now: Millis): Pair => ({
  remote,
  remotePriority,
  state: "waiting",
  transaction: undefined,
  tries: 0,
  nextAt: now,
  provedAt: undefined,
  wasControlling: false,
  isNominating: false,
  isWanted: false,
});

/** Checks of a way that worked, after which it is believed to work no longer: more than a lost packet or two. */
const DOUBTFUL_TRIES = 3;

/** Whether a way has proved to work, and nothing speaks against it since. */
export const isSound = ({ state, transaction, tries }: Pair): boolean =>
  state === "succeeded" && (transaction === undefined || tries < DOUBTFUL_TRIES);
