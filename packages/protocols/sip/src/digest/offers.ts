import type { SipRequest } from "../message/message.ts";
import type { Algorithm } from "./response.ts";
import { algorithms } from "./response.ts";

/**
 * User-Agents that give up on a 401 when its first challenge, or any, names an algorithm that they do not know, though MD5 is
 * offered beside it (RFC 8760 §2.4 has them pass over it). libre's before 3 do for any challenge, seen with baresip 1.0.0; phones in
 * web pages look at the first alone.
 */
const stumbling: readonly RegExp[] = [/^baresip v?[0-2]\./i, /^JsSIP\b/i, /^SIP\.js\b/i];

const MD5_ALONE: readonly Algorithm[] = ["MD5"];

/**
 * The algorithms that a client is asked for: SHA-256, then MD5 (RFC 8760 §2.4), but MD5 alone of those known to stumble and of those
 * that do not say what they are (test tools, mostly). It weakens nobody else, and what comes back is taken in either.
 * @rfc 8760#2.4
 * @deviation clients known to stumble are offered MD5 alone
 */
export function offersFor(request: SipRequest): readonly Algorithm[] {
  const userAgent = request.headers.get("User-Agent");
  const stumbles = userAgent === undefined || stumbling.some((name) => name.test(userAgent));
  return stumbles ? MD5_ALONE : algorithms;
}
