import type { Params } from "./params.ts";

/** The value of From, To, Contact, Route and their like. @rfc 3261#20.10 */
export interface NameAddr {
  /** The display name without its quotes; undefined when there is none. */
  readonly display: string | undefined;
  /** The address as written between `<` and `>`; `parseUri` reads it. */
  readonly uri: string;
  readonly params: Params;
}

/** One Via value. @rfc 3261#20.42 */
export interface Via {
  /** As written, usually upper case: `UDP`. */
  readonly transport: string;
  /** IPv6 addresses without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}

/** @rfc 3261#20.16 */
export interface CSeq {
  /** 0 to 2^31 - 1. */
  readonly number: number;
  readonly method: string;
}
