import { isIP } from "node:net";
import type { Clock, Millis } from "@cordboard/kernel";

/**
 * Counts requests in fixed windows that begin with a subject's first request.
 *
 * Not `@fastify/rate-limit`: its store reads the wall clock itself, so a quarter of an hour could not be tested by a
 * clock moved by hand, and it counts by one subject a route, while we count an address before, and a key after, the
 * credential is looked at.
 */
export interface RateLimiter {
  /** Counts one request of the subject and says whether it is still within the limit. */
  take(subject: string, limit: number): RateVerdict;
  /** How many subjects are being counted, and how many were forgotten before their window ended. */
  describe(): { readonly subjects: number; readonly forgottenEarly: number };
}

/** Where a subject stands after a request was counted. */
export interface RateVerdict {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the window ends, at least 1. */
  readonly resetSeconds: number;
  readonly windowSeconds: number;
}

interface Window {
  count: number;
  readonly endsAt: number;
}

/** A limiter with windows of `window`, for at most `maxSubjects` (default 100,000); beyond, the oldest is forgotten. */
export function createRateLimiter(options: {
  readonly clock: Clock;
  readonly window: Millis;
  readonly maxSubjects?: number;
}): RateLimiter {
  const { clock, window, maxSubjects = 100_000 } = options;
  // All windows are equally long, so the order in which they were opened is the order in which they end.
  const windows = new Map<string, Window>();
  let forgottenEarly = 0;

  function windowOf(subject: string, now: number): Window {
    const open = windows.get(subject);
    if (open !== undefined && open.endsAt > now) return open;
    windows.delete(subject);
    for (const [oldest, { endsAt }] of windows) {
      if (endsAt > now && windows.size < maxSubjects) break;
      if (endsAt > now) forgottenEarly++;
      windows.delete(oldest);
    }
    const opened = { count: 0, endsAt: now + window };
    windows.set(subject, opened);
    return opened;
  }

  return {
    take(subject, limit) {
      const now = clock.monotonic();
      const counted = windowOf(subject, now);
      counted.count++;
      return {
        isAllowed: counted.count <= limit,
        limit,
        remaining: Math.max(0, limit - counted.count),
        resetSeconds: Math.max(1, Math.ceil((counted.endsAt - now) / 1000)),
        windowSeconds: Math.ceil(window / 1000),
      };
    },
    describe: () => ({ subjects: windows.size, forgottenEarly }),
  };
}

/** Headers that tell where a client stands: the IETF draft's names, and the older `X-` ones (reset as epoch seconds). */
export function rateHeaders(verdict: RateVerdict, clock: Clock): Readonly<Record<string, string>> {
  const { limit, remaining, resetSeconds, windowSeconds } = verdict;
  return {
    "ratelimit-policy": `${limit};w=${windowSeconds}`,
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(resetSeconds),
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(Math.ceil(clock.now() / 1000) + resetSeconds),
  };
}

/** What an address is counted as: itself, or for IPv6 its network of 64 bits, which is what one customer is given. */
export function addressSubject(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("%", 1).join("").split("::");
  const groups = head === "" ? [] : head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const all = [...groups, ...new Array<string>(Math.max(0, missing)).fill("0"), ...(tail ?? "").split(":")];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, "") || "0")
    .join(":")}::/64`;
}
