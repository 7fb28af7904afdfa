import type { Clock, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { Conditions, PhoneError } from "../conditions.ts";
import type { CallState, Ringing } from "../types.ts";
import type { CallEnd } from "./ending.ts";

/**
 * How far a call has come, and who waits for it to come further:
 *
 *     starting ──▶ ringing ──▶ talking ──▶ over
 *         └───────────┴──────────────────────▲
 */
export class CallCourse {
  readonly conditions: Conditions;
  readonly #clock: Clock;
  readonly #name: string;
  #ringing: Ringing | undefined;
  #isAnswered = false;
  #end: CallEnd | undefined;
  #isSettled = false;

  /** `name` says which call it is, in messages. */
  constructor(clock: Clock, name: string) {
    this.conditions = new Conditions(clock);
    this.#clock = clock;
    this.#name = name;
  }

  get state(): CallState["state"] {
    if (this.#end !== undefined) return "over";
    if (this.#isAnswered) return "talking";
    return this.#ringing === undefined ? "starting" : "ringing";
  }

  /** That it rings, or rang. */
  get ringing(): Ringing | undefined {
    return this.#ringing;
  }

  /** Whether it was answered, also when it is over. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Its end, once nothing of it is left. */
  get settledEnd(): CallEnd | undefined {
    return this.#isSettled ? this.#end : undefined;
  }

  rang(ringing: Ringing): void {
    if (this.#end !== undefined || this.#isAnswered) return;
    this.#ringing = ringing;
    this.conditions.changed();
  }

  answered(): void {
    if (this.#end !== undefined) return;
    this.#isAnswered = true;
    this.conditions.changed();
  }

  /** The call is over; false when it was already. */
  ended(end: CallEnd): boolean {
    if (this.#end !== undefined) return false;
    this.#end = end;
    this.conditions.changed();
    return true;
  }

  /** Nothing of the call is left. */
  settled(): void {
    this.#isSettled = true;
    this.conditions.changed();
  }

  /** Waits for what a call must be alive for: rejects with `call-over` when it ends before. */
  until<Value>(what: string | (() => string), look: () => Value | undefined, within?: Millis): Promise<Value> {
    const said = (): string => `${typeof what === "string" ? what : what()} (${this.standing})`;
    return this.conditions.until(said, () => look() ?? this.over, within);
  }

  /** Resolves after so long; rejects when the call ends before. */
  async pause(time: Millis): Promise<void> {
    let isOver = time <= 0;
    const timer = this.#clock.after(time, () => {
      isOver = true;
      this.conditions.changed();
    });
    const look = (): true | undefined => (isOver ? true : undefined);
    await this.until("a pause", look, ms(time + 1000)).finally(() => timer.cancel());
  }

  /** The error of whoever wants something of a call that is over. */
  get over(): PhoneError | undefined {
    return this.#end === undefined ? undefined : new PhoneError("call-over", this.standing);
  }

  /** The error of whoever wants what the call cannot do now. */
  impossible(why: string): PhoneError {
    return this.over ?? new PhoneError("not-possible", `${why} (${this.standing})`);
  }

  /** How things stand, in words. */
  get standing(): string {
    if (this.#end === undefined) return `${this.#name} is ${this.state}`;
    return `${this.#name} was ended by the ${this.#end.by} side with ${this.#end.status} ${this.#end.reason}`;
  }
}
