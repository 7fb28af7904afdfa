import type { Params } from "./params.ts";

/** A `sip:` or `sips:` URI, taken apart. @rfc 3261#19.1 */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  /** Percent escapes are undone; undefined when there is no `@`. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower case; IPv6 addresses without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** What follows `?`, as written. */
  readonly headers: string | undefined;
}
