import { ms } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";

/** How long a condition is waited for, and how often it is looked at, in milliseconds. */
export interface Patience {
  /** 10,000 unless said otherwise. */
  readonly withinMs?: number;
  /** 25 unless said otherwise. */
  readonly everyMs?: number;
}

const { clock } = machine;

/** Settles after `delayMs`. The one place in which an acceptance test lets time pass. */
function turn(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms(delayMs), resolve);
  });
}

/**
 * What `look` finds as soon as it is neither `undefined` nor `false`. Throws after the deadline, with `what` and, when `look` threw
 * at the end, why. For what happens in other processes; where there is an event, wait for that.
 */
export async function until<Found>(
  what: string | (() => string),
  look: () => Found | Promise<Found>,
  { withinMs = 10_000, everyMs = 25 }: Patience = {},
): Promise<Exclude<Found, undefined | false>> {
  const deadline = clock.monotonic() + withinMs;
  for (;;) {
    const isLast = clock.monotonic() >= deadline;
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found as Exclude<Found, undefined | false>;
    } catch (cause) {
      if (isLast) throw new Error(inVain(what, withinMs), { cause });
    }
    if (isLast) throw new Error(inVain(what, withinMs));
    await turn(everyMs);
  }
}

/** What `work` gives, if it gives it in time; else throws with `what`. The work itself goes on. */
export async function within<Value>(what: string, withinMs: number, work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = clock.after(ms(withinMs), () => late.reject(new Error(inVain(what, withinMs))));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}

const inVain = (what: string | (() => string), withinMs: number): string =>
  `waited ${withinMs} ms in vain for ${typeof what === "string" ? what : what()}`;
