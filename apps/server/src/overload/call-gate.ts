import type { Clock, Log } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Lets in as many new calls as can be set up in time, and says which. */
export interface CallGate {
  /** Whether a new call may come in. To be asked once for each, with how long all of its set-up waits for the machine now. */
  readonly admits: (waitMs: number) => boolean;
  /** The share of new calls that was refused when it was last asked, 0 to 1. */
  readonly refusedShare: () => number;
}

/** What a gate works with. */
export interface CallGateParts {
  readonly clock: Clock;
  readonly log: Log;
}

/** A wait above this, for a whole second, is load and not a hiccup of the machine. */
const LONG_MS = 800;
const PATIENCE = ms(1000);
/** From here on a gate that has closed refuses some calls… */
const SOME_MS = 200;
/** … and from here on all: a caller's INVITE has waited for its first answer for nearly T1, and is about to be sent again. */
const ALL_MS = 1400;
/** A closed gate opens when the wait has been short for so long. */
const CALM = ms(2000);
/** Over how long the wait is smoothed before it is judged. */
const SMOOTHED_OVER = ms(250);
/** A gate that nobody came to for so long begins anew. */
const FORGETS_AFTER = ms(5000);

/**
 * An open gate lets everybody in. When set-up has been slow for a second it closes, and from then on refuses the greater a share
 * the longer the wait is: with twice the calls that the machine can do, the wait settles where half of them are refused. So the machine
 * is never idle, never late by more than callers put up with, and what is let in goes through. Refusals are spread evenly.
 */
export function callGate({ clock, log }: CallGateParts): CallGate {
  const wait = new SmoothedWait();
  let isClosed = false;
  /** Since when the wait has spoken for changing that. */
  let since: number | undefined;
  let share = 0;
  /** What is left of calls that were not refused whole. */
  let credit = 0;

  const judge = (now: number): void => {
    const speaksForChange = isClosed ? wait.value < SOME_MS : wait.value > LONG_MS;
    since = speaksForChange ? (since ?? now) : undefined;
    if (since === undefined || now - since < (isClosed ? CALM : PATIENCE)) return;
    isClosed = !isClosed;
    since = undefined;
    log.warn(isClosed ? "overloaded: some new calls are refused" : "keeping up again", {
      waitMs: Math.round(wait.value),
    });
  };

  return {
    admits(waitMs) {
      const now = clock.monotonic();
      if (wait.take(waitMs, now) === "anew") {
        isClosed = false;
        since = undefined;
      }
      judge(now);
      share = isClosed ? Math.min(1, Math.max(0, (waitMs - SOME_MS) / (ALL_MS - SOME_MS))) : 0;
      if (share === 0) return true;
      credit += 1 - share;
      if (credit < 1) return false;
      credit -= 1;
      return true;
    },
    refusedShare: () => share,
  };
}

/** The wait, smoothed over time, however often it is looked at. */
class SmoothedWait {
  value = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  take(waitMs: number, now: number): "anew" | "on" {
    const passed = now - this.#lookedAt;
    this.#lookedAt = now;
    const isAnew = passed > FORGETS_AFTER;
    this.value = isAnew ? waitMs : this.value + (waitMs - this.value) * (1 - Math.exp(-passed / SMOOTHED_OVER));
    return isAnew ? "anew" : "on";
  }
}
