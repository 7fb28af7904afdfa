import type { Headers } from "@cordboard/sip";
import { parseNameAddr, parseUri } from "@cordboard/sip";

/** Whom a phone shows as the other side. */
export interface Shown {
  /** Empty when it was told none. */
  readonly name: string;
  readonly number: string;
}

/** Who a message says is at the other side, by P-Asserted-Identity; undefined when it does not say. @rfc 3325#9.1 */
export const identityIn = (headers: Headers): Shown | undefined => shownOf(headers.get("P-Asserted-Identity"));

/** Who calls: as asserted, else by From. */
export const callerIn = (headers: Headers): Shown =>
  identityIn(headers) ?? shownOf(headers.get("From")) ?? { name: "", number: "" };

function shownOf(address: string | undefined): Shown | undefined {
  const read = address === undefined ? undefined : parseNameAddr(address);
  const number = read === undefined ? undefined : parseUri(read.uri)?.user;
  return number === undefined ? undefined : { name: read?.display ?? "", number };
}
