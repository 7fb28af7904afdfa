import type { Clock, Millis, Timer } from "@cordboard/kernel";
import type { TimerName } from "./machine.ts";

/**
 * The running timers of one transaction. In every state at most one timer resends (A, E, G) and at most one ends the
 * state, so two slots hold them all. The host keeps one list for each length of time; a timer costs it one entry.
 */
export class TimerSlots {
  readonly #clock: Clock;
  readonly #fire: (timer: TimerName) => void;
  #resend: Timer | undefined;
  #end: Timer | undefined;

  constructor(clock: Clock, fire: (timer: TimerName) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Starts a timer; one of the same slot that still runs is stopped. */
  start(timer: TimerName, after: Millis): void {
    this.stop(timer);
    const running = this.#clock.after(after, () => {
      if (isResend(timer)) this.#resend = undefined;
      else this.#end = undefined;
      this.#fire(timer);
    });
    if (isResend(timer)) this.#resend = running;
    else this.#end = running;
  }

  /** Stops the timer of that name's slot. */
  stop(timer: TimerName): void {
    if (isResend(timer)) {
      this.#resend?.cancel();
      this.#resend = undefined;
    } else {
      this.#end?.cancel();
      this.#end = undefined;
    }
  }

  stopAll(): void {
    this.stop("A");
    this.stop("B");
  }
}

const isResend = (timer: TimerName): boolean => timer === "A" || timer === "E" || timer === "G";
