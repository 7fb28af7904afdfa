import type { EndReason } from "@cordboard/core";
import { splitValues } from "@cordboard/sip";

/** Longest value that is looked at; more is no Reason that anybody means. */
const MAX_LENGTH = 512;

/**
 * The Q.850 cause that a peer gives for ending its side, from the values of its Reason headers; undefined when none of them
 * is one. A value that cannot be read counts as missing.
 * @rfc 3326#2
 */
export function q850Cause(values: readonly string[]): number | undefined {
  for (const line of values) {
    if (line.length > MAX_LENGTH) continue;
    for (const value of splitValues(line)) {
      const cause = causeOf(value);
      if (cause !== undefined) return cause;
    }
  }
  return undefined;
}

function causeOf(value: string): number | undefined {
  const [protocol, ...params] = value.split(";");
  if (protocol?.trim().toUpperCase() !== "Q.850") return undefined;
  for (const param of params) {
    const [name, text] = param.split("=");
    if (name?.trim().toLowerCase() !== "cause" || text === undefined || !/^\d{1,3}$/.test(text.trim())) continue;
    const cause = Number(text);
    return cause >= 1 && cause <= 127 ? cause : undefined;
  }
  return undefined;
}

/**
 * What we tell a peer about the end of its leg. A call that was answered elsewhere says so in SIP's own words, and in no
 * other, because phones look for exactly that to keep it out of their list of missed calls.
 * @rfc 3326#3.1
 */
export const reasonHeader = (reason: EndReason): string =>
  reason.why === "completed-elsewhere"
    ? 'SIP;cause=200;text="Call completed elsewhere"'
    : `Q.850;cause=${reason.cause};text="${reason.why}"`;
