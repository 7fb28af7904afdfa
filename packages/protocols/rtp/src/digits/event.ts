/** Digits in the order of their RFC 4733 event codes, 0 to 15. @rfc 4733#3.2 */
const DIGITS = "0123456789*#ABCD";

/** Bytes of a telephone-event payload. */
export const EVENT_BYTES = 4;

/** One report of a telephone event. @rfc 4733#2.3 */
export interface TelephoneEvent {
  /** 0 to 15 are the digits; others exist (flash, tones). */
  readonly event: number;
  readonly isEnd: boolean;
  /** Loudness as dBm0 with the sign dropped, 0 to 63. */
  readonly volume: number;
  /** How long the event has lasted so far, in timestamp units, 16 bits. */
  readonly duration: number;
}

/** The digit that an event code stands for; undefined for events that are no digit. */
export function digitOfEvent(event: number): string | undefined {
  return event >= 0 && event < 16 ? DIGITS[event] : undefined;
}

/** The event code of a digit (0–9, *, #, A–D in either case); undefined for anything else. */
export function eventOfDigit(digit: string): number | undefined {
  const event = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? undefined : event;
}

/** Reads an event payload; undefined when it is too short. Anything after its four bytes (a second event) is left unread. */
export function parseTelephoneEvent(body: Uint8Array): TelephoneEvent | undefined {
  if (body.length < EVENT_BYTES) return undefined;
  const [event = 0, flags = 0, high = 0, low = 0] = body;
  return { event, isEnd: (flags & 0x80) !== 0, volume: flags & 0x3f, duration: (high << 8) | low };
}

/** Prints an event payload. */
export function printTelephoneEvent({ event, isEnd, volume, duration }: TelephoneEvent): Uint8Array {
  return Uint8Array.of(event, (isEnd ? 0x80 : 0) | (volume & 0x3f), duration >> 8, duration);
}
