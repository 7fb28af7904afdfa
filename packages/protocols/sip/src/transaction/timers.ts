import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** The base timers from which all others are made. @rfc 3261#17.1.1.1 */
export interface TimerSettings {
  /** Estimate of the round trip; 500 ms. */
  readonly t1: Millis;
  /** Longest gap between resends of requests other than INVITE and of responses to INVITE; 4 s. */
  readonly t2: Millis;
  /** Longest time a message stays in the network; 5 s. */
  readonly t4: Millis;
}

/** The RFC's own values. */
export const defaultTimers: TimerSettings = { t1: ms(500), t2: ms(4000), t4: ms(5000) };
