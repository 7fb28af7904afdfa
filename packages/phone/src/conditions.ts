import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Why something that was waited for did not come. */
export type PhoneErrorCode = "deadline-passed" | "call-over" | "phone-closed" | "not-possible";

/** What a phone's promises reject with; `code` is stable, the message says what was waited for and how things stand. */
export class PhoneError extends Error {
  readonly code: PhoneErrorCode;

  constructor(code: PhoneErrorCode, message: string) {
    super(message);
    this.name = "PhoneError";
    this.code = code;
  }
}

/** How long to wait. */
export interface Within {
  /** The deadline in milliseconds from now; 10,000 unless said otherwise. */
  readonly within?: Millis | undefined;
}

/** The deadline of whoever names none. */
const DEFAULT_DEADLINE: Millis = ms(10_000);

/** One look at a condition: what was waited for, `undefined` while it has not come, an error when it never will. */
export type Look<Value> = () => Value | undefined | PhoneError;

interface Waiting {
  readonly look: () => boolean;
  readonly fail: (error: PhoneError) => void;
}

/**
 * Promises of things that will become true, each with a deadline. Whoever changes the state says {@link changed}; every
 * open condition is then looked at again, so that nobody has to poll or sleep.
 */
export class Conditions {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are still waited for. */
  get pending(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with what `look` finds, at once when it is there already. `what` completes "waited in vain for …"; as a
   * function it can tell how things stood at the end.
   */
  until<Value>(what: string | (() => string), look: Look<Value>, within: Millis = DEFAULT_DEADLINE): Promise<Value> {
    return new Promise((resolve, reject) => {
      let deadline: Timer | undefined;
      const settle = (outcome: Value | PhoneError): void => {
        deadline?.cancel();
        this.#waiting.delete(waiting);
        if (outcome instanceof PhoneError) reject(outcome);
        else resolve(outcome);
      };
      const waiting: Waiting = {
        look() {
          const found = look();
          if (found === undefined) return false;
          settle(found);
          return true;
        },
        fail: settle,
      };
      if (this.#isClosed) return settle(closedWhile(spoken(what)));
      if (waiting.look()) return;
      this.#waiting.add(waiting);
      deadline = this.#clock.after(within, () => {
        if (!waiting.look())
          settle(new PhoneError("deadline-passed", `waited ${within} ms in vain for ${spoken(what)}`));
      });
    });
  }

  /** Looks again at everything that is waited for. */
  changed(): void {
    for (const waiting of [...this.#waiting]) waiting.look();
  }

  /** Rejects what is still waited for, and whatever is asked for later. */
  close(): void {
    this.#isClosed = true;
    for (const waiting of [...this.#waiting]) waiting.fail(closedWhile("something"));
  }
}

const spoken = (what: string | (() => string)): string => (typeof what === "string" ? what : what());

const closedWhile = (what: string): PhoneError =>
  new PhoneError("phone-closed", `the phone was closed while ${what} was waited for`);

/** Resolves when the work is done, however it went, and at the latest after `time`. */
export function atMost(clock: Clock, time: Millis, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(time, resolve);
    const finish = (): void => {
      timer.cancel();
      resolve();
    };
    work.then(finish, finish);
  });
}
