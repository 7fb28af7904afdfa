import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { TelephoneEvent } from "./event.ts";
import { eventOfDigit } from "./event.ts";

/** Time between the packets of an event. */
export const eventPacketEvery: Millis = ms(20);
/** How long a digit that we send lasts. */
export const digitLasts: Millis = ms(100);
/** Silence after a digit, so that gear which turns events into tones can tell two equal digits apart. */
export const digitPause: Millis = ms(100);
/** Last packet of an event, sent three times because losing it leaves the key pressed. @rfc 4733#2.5.1.4 */
const END_PACKETS = 3;
const VOLUME = 10;
const UNITS_PER_MS = 8;

/** One step of a digit on its way out. */
export interface DigitStep {
  /** First packet of the event: carries the RTP marker bit, and the event's timestamp is that of this moment. */
  readonly isFirst: boolean;
  readonly event: TelephoneEvent;
}

/**
 * The packets of one digit, one for each 20 ms, with durations that grow and an end that comes three times; empty when `digit`
 * is none. All carry the timestamp of the first. @rfc 4733#2.5.1
 */
export function digitSteps(digit: string, lasts: Millis = digitLasts): readonly DigitStep[] {
  const event = eventOfDigit(digit);
  if (event === undefined) return [];
  const packets = Math.max(1, Math.min(400, Math.round(lasts / eventPacketEvery)));
  return Array.from({ length: packets - 1 + END_PACKETS }, (_, i) => ({
    isFirst: i === 0,
    event: {
      event,
      isEnd: i >= packets - 1,
      volume: VOLUME,
      duration: Math.min(i + 1, packets) * eventPacketEvery * UNITS_PER_MS,
    },
  }));
}
