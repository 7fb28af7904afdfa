import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { timestampAfter, timestampDistance } from "../sequence.ts";
import type { TelephoneEvent } from "./event.ts";
import { digitOfEvent } from "./event.ts";

/**
 * What a receiver of telephone events remembers: the event under way, and the latest one that is over, whose repeated ends are
 * passed over.
 *
 *     idle ──first packet──▶ under way ──end, next event, or nothing for a while──▶ idle   (one digit each time)
 */
export interface DigitsHeard {
  readonly current:
    | {
        readonly event: number;
        /** Timestamp of the packets under way; long events move on to a new one every 65,535 units. */
        readonly timestamp: number;
        /** Units in segments before this one. */
        readonly earlier: number;
        readonly duration: number;
        readonly lastAt: Millis;
      }
    | undefined;
  /** Timestamp of the latest event that was reported; packets up to it are repetitions or late. */
  readonly reportedUpTo: number | undefined;
}

/** A digit that has been pressed and let go. */
export interface HeardDigit {
  readonly digit: string;
  readonly lasted: Millis;
}

/** An event whose packets stop without an end counts as over after this time (three packets at the usual 50 ms). */
export const lostEndAfter: Millis = ms(150);

/** Longest duration that one segment can say. @rfc 4733#2.5.1.3 */
const SEGMENT = 0xffff;

/** A receiver that has heard nothing yet. */
export const noDigitsHeard: DigitsHeard = { current: undefined, reportedUpTo: undefined };

/** One event packet as it arrived: its RTP timestamp, its payload, the monotonic time. */
export interface EventArrival {
  readonly timestamp: number;
  readonly event: TelephoneEvent;
  readonly at: Millis;
}

/**
 * Takes an event packet: the new state, and the digits that are over by it: none, one, or two when the end of the one before was lost.
 * Repeated ends, late packets and packets of events that are no digit (when they are over) give none.
 * @rfc 4733#2.5.2
 */
export function hearEvent(
  heard: DigitsHeard,
  { timestamp, event, at }: EventArrival,
): readonly [DigitsHeard, readonly HeardDigit[]] {
  const { current, reportedUpTo } = heard;
  const isLate =
    (reportedUpTo !== undefined && timestampDistance(reportedUpTo, timestamp) <= 0) ||
    (current !== undefined && timestampDistance(current.timestamp, timestamp) < 0);
  if (isLate) return [heard, []];
  const isSame = current?.timestamp === timestamp && current.event === event.event;
  const isNextSegment =
    current?.event === event.event && timestampAfter(current.timestamp, SEGMENT) === timestamp && current.duration > 0;
  const before = current === undefined || isSame || isNextSegment ? undefined : finish(current);
  const next = {
    event: event.event,
    timestamp,
    earlier: isSame ? current.earlier : isNextSegment ? current.earlier + SEGMENT : 0,
    duration: isSame ? Math.max(current.duration, event.duration) : event.duration,
    lastAt: at,
  };
  if (!event.isEnd) return [{ current: next, reportedUpTo }, onlyDigits(before)];
  return [{ current: undefined, reportedUpTo: timestamp }, onlyDigits(before, finish(next))];
}

/** Ends an event whose end packets were all lost; call it now and then. */
export function hearNothing(heard: DigitsHeard, at: Millis): readonly [DigitsHeard, readonly HeardDigit[]] {
  const { current } = heard;
  if (current === undefined || at - current.lastAt < lostEndAfter) return [heard, []];
  return [{ current: undefined, reportedUpTo: current.timestamp }, onlyDigits(finish(current))];
}

function finish(current: NonNullable<DigitsHeard["current"]>): HeardDigit | undefined {
  const digit = digitOfEvent(current.event);
  return digit === undefined ? undefined : { digit, lasted: ms((current.earlier + current.duration) / 8) };
}

function onlyDigits(...digits: readonly (HeardDigit | undefined)[]): readonly HeardDigit[] {
  return digits.filter((digit) => digit !== undefined);
}
