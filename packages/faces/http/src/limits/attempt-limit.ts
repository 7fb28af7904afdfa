import type { Clock, Millis } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";

/** When failures begin to cost time, and how much at most. The delay doubles with each further failure, from 1 s. */
export interface AttemptPolicy {
  readonly freeFailures: number;
  readonly longestDelay: Millis;
}

/** Makes guessing slow: counts failures of a subject and names the time that the next attempt has to wait. */
export interface AttemptLimit {
  /** How long the subject has to wait now, 0 when it may try. */
  waitOf(subject: string): Millis;
  failed(subject: string, policy: AttemptPolicy): void;
  succeeded(subject: string): void;
  describe(): { readonly subjects: number };
}

interface Failures {
  readonly count: number;
  readonly openAt: number;
  readonly forgetAt: number;
}

const FIRST_DELAY = seconds(1);
const FORGOTTEN_AFTER = seconds(900);

/** A limit that knows at most `maxSubjects` (default 50,000); beyond, the one whose last failure is oldest is forgotten. */
export function createAttemptLimit(clock: Clock, maxSubjects = 50_000): AttemptLimit {
  const failures = new Map<string, Failures>();

  function live(subject: string): Failures | undefined {
    const found = failures.get(subject);
    return found !== undefined && found.forgetAt > clock.monotonic() ? found : undefined;
  }

  return {
    waitOf: (subject) => ms(Math.max(0, (live(subject)?.openAt ?? 0) - clock.monotonic())),
    failed(subject, policy) {
      const now = clock.monotonic();
      const count = (live(subject)?.count ?? 0) + 1;
      const beyond = count - policy.freeFailures;
      const delay = beyond <= 0 ? 0 : Math.min(policy.longestDelay, FIRST_DELAY * 2 ** Math.min(30, beyond - 1));
      failures.delete(subject);
      for (const oldest of failures.keys()) {
        if (failures.size < maxSubjects) break;
        failures.delete(oldest);
      }
      failures.set(subject, { count, openAt: now + delay, forgetAt: now + delay + FORGOTTEN_AFTER });
    },
    succeeded(subject) {
      failures.delete(subject);
    },
    describe: () => ({ subjects: failures.size }),
  };
}
