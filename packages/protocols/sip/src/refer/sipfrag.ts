import { wholeNumber } from "../message/characters.ts";
import { reasonPhrase } from "../message/reason-phrases.ts";

/** The media type of what a NOTIFY of a REFER carries. @rfc 3420#2 */
export const SIPFRAG = "message/sipfrag;version=2.0";

/** The status line that tells how far a referred call has come. @rfc 3515#2.4.5 */
export const sipfrag = (status: number, reason: string = reasonPhrase(status)): string =>
  `SIP/2.0 ${status} ${reason.replace(/[\r\n]/g, " ")}\r\n`;

/** The status of a message/sipfrag that begins with a status line; undefined for any other. */
export function statusOfSipfrag(text: string): number | undefined {
  if (text.slice(0, 8).toUpperCase() !== "SIP/2.0 ") return undefined;
  const status = wholeNumber(text.slice(8, 11), 3);
  const next = text.charCodeAt(11);
  const isWhole = Number.isNaN(next) || next === 32 || next === 13 || next === 10;
  return status === undefined || status < 100 || status > 699 || !isWhole ? undefined : status;
}
