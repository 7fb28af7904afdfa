import type { Clock, Hash, Instant, TenantId, UserId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";

/** A password that lets one user's phone in for some minutes, in place of the user's own. */
export interface SipToken {
  readonly token: string;
  /** From then on it is a wrong password. */
  readonly expiresAt: Instant;
}

/**
 * Short-lived passwords of phones in browsers, so that no page has to know the lasting one. Nothing is stored: each is a MAC of tenant,
 * user and the minute of its end, which the server makes again to check a digest, and which is good after a restart too.
 */
export interface SipTokens {
  /** A token that is good for 4 to 5 minutes; within one minute a user is given the same. */
  issue(tenant: TenantId, user: UserId): SipToken;
  /** All that are good for the user now, five of them. */
  accepted(tenant: TenantId, user: UserId): readonly string[];
}

const LONGEST_MINUTES = 5;
const MINUTE = 60_000;

/** Makes tokens under a key of at least 16 secret bytes, which serves nothing else. */
export function createSipTokens({
  hash,
  clock,
  key,
}: {
  readonly hash: Hash;
  readonly clock: Pick<Clock, "now">;
  readonly key: Uint8Array;
}): SipTokens {
  const thisMinute = (): number => Math.floor(clock.now() / MINUTE);
  const tokenOf = (tenant: TenantId, user: UserId, endMinute: number): string =>
    hash.hmac(key, JSON.stringify(["sip-token", tenant, user, endMinute]));
  return {
    issue(tenant, user) {
      const endMinute = thisMinute() + LONGEST_MINUTES;
      return { token: tokenOf(tenant, user, endMinute), expiresAt: instant(endMinute * MINUTE) };
    },
    accepted(tenant, user) {
      const now = thisMinute();
      return Array.from({ length: LONGEST_MINUTES }, (_, ahead) => tokenOf(tenant, user, now + 1 + ahead));
    },
  };
}
