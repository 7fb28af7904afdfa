import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** A digit that a phone sent as a message. */
export interface RelayedDigit {
  readonly digit: string;
  readonly lasted: Millis;
}

/** The type of a digit as a message that most phones take. */
export const RELAY_TYPE = "application/dtmf-relay";

/** Bodies are a few dozen characters. */
const MAX_BODY = 256;

/** How long a digit counts as pressed when the phone does not say. */
const USUAL = 160;

/** Reads the body of an INFO of type `application/dtmf-relay` (`Signal=5`, `Duration=160`) or `application/dtmf` (`5`). */
export function relayedDigit(contentType: string | undefined, body: string): RelayedDigit | undefined {
  if (body.length > MAX_BODY) return undefined;
  if (contentType === "application/dtmf") return digitOf(body.trim(), undefined);
  if (contentType !== RELAY_TYPE) return undefined;
  const fields = new Map<string, string>();
  for (const line of body.split(/\r\n|\n|\r/)) {
    const equals = line.indexOf("=");
    if (equals > 0) fields.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return digitOf(fields.get("signal"), fields.get("duration"));
}

/** The body of an INFO for a digit, of the type {@link RELAY_TYPE}. */
export const relayBody = (digit: string): string => `Signal=${digit}\r\nDuration=${USUAL}\r\n`;

function digitOf(signal: string | undefined, duration: string | undefined): RelayedDigit | undefined {
  const digit = signal === "10" ? "*" : signal === "11" ? "#" : signal?.toUpperCase();
  if (digit === undefined || !/^[0-9*#A-D]$/.test(digit)) return undefined;
  const lasted = duration !== undefined && /^\d{1,5}$/.test(duration) ? Number(duration) : USUAL;
  return { digit, lasted: ms(lasted) };
}
