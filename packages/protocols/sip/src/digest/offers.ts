import type { SipRequest } from "../message/message.ts";
import type { Algorithm } from "./response.ts";
import { algorithms } from "./response.ts";

/**
 * User-Agents that give up on a 401 when its first challenge, or any, names an algorithm that they do not know, though MD5 is
 * offered beside it (RFC 8760 §2.4 has them pass over it). libre's before 3 do for any challenge, seen with baresip 1.0.0; phones in
 * web pages look at the first alone.
 */
const stumbling: readonly RegExp[] = [/^baresip v?[0-2]\./i, /^JsSIP\b/i, /^SIP\.js\b/i];

/** Branches that sipp makes of its process, call and message numbers. Before 3.7 it reads the first challenge alone, and MD5 alone. */
const SIPP_BRANCH = /^z9hG4bK-\d{1,10}-\d{1,10}-\d{1,10}$/;

/** What sipp's own scenarios write into From tags; no other program has a reason to. */
const SIPP_TAG = "SIPpTag";

const MD5_ALONE: readonly Algorithm[] = ["MD5"];

/**
 * The algorithms that a client is asked for: SHA-256, then MD5 (RFC 8760 §2.4), but MD5 alone of those known to stumble: by their
 * User-Agent, or as sipp by what it writes. It weakens nobody else, and what comes back is taken in either.
 * @rfc 8760#2.4
 * @deviation clients known to stumble are offered MD5 alone
 */
export function offersFor({ headers }: SipRequest): readonly Algorithm[] {
  const userAgent = headers.get("User-Agent");
  const stumbles = userAgent !== undefined && stumbling.some((name) => name.test(userAgent));
  return stumbles || isSipp(headers) ? MD5_ALONE : algorithms;
}

const isSipp = ({ via, fromTag }: SipRequest["headers"]): boolean =>
  SIPP_BRANCH.test(via?.params.get("branch") ?? "") || fromTag?.includes(SIPP_TAG) === true;
