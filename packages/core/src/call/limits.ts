import type { Millis } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { LegOrder } from "./actions.ts";
import type { SilenceLimits } from "./types.ts";

/** How long a command waits for one of the devices to say that it rings. */
export const FIRST_SIGN: Millis = seconds(5);

/** How long a phone rings before the call is given up. */
export const RING: Millis = seconds(60);

/** Users that one call may be forwarded through. */
export const MAX_FORWARDINGS = 5;

/** How long an attendant waits for a digit. */
export const DIGIT_PATIENCE: Millis = seconds(8);

/** Longest message that is taken. */
export const LONGEST_MESSAGE: Millis = seconds(180);

/** The silence that ends a message. */
export const MESSAGE_SILENCE: Millis = seconds(8);

/** Longest recording of a call. */
export const LONGEST_RECORDING: Millis = seconds(6 * 3600);

/** How long a call waits where it is parked before it goes back to who parked it. */
export const PARKED: Millis = seconds(120);

/** How long whom a call was sent on to rings before it goes back to who sent it on. */
export const TRANSFER_RING: Millis = seconds(30);

/** A phone that hangs up this soon after it was told that its transfer failed did so by itself: nobody has meant it. */
export const HASTY: Millis = seconds(1);

/** A dead talk ends after a minute; one that only one side hears goes on, for people do listen in silence. */
export const usualSilence: SilenceLimits = { deadAfter: seconds(60), oneWayAfter: null };

/** How long the busy tone is heard by somebody whose call, placed for them, found nobody. */
export const FAILURE_TONE: Millis = seconds(5);

/** How long the switch has for each order before it reports `failed`. */
export const ORDER_DEADLINE: Readonly<Record<LegOrder["type"], Millis>> = {
  // An INVITE that nobody answers is ended by the ring timer; this is the net below it.
  place: seconds(180),
  ring: seconds(5),
  "early-media": seconds(5),
  answer: seconds(40),
  bridge: seconds(40),
  mix: seconds(40),
  unbridge: seconds(5),
  play: seconds(5),
  stop: seconds(5),
  "send-digits": seconds(30),
  record: seconds(5),
  "stop-recording": seconds(5),
  talk: seconds(10),
  "refer-result": seconds(5),
  end: seconds(40),
};
