import type { DigitStep } from "@cordboard/rtp";
import { digitPause, digitSteps, eventOfDigit } from "@cordboard/rtp";
import { packetEvery } from "./pacer.ts";

/** Digits over this number wait in no queue: nobody dials more at once. */
const MAX_WAITING = 64;
const PAUSE_TICKS = Math.ceil(digitPause / packetEvery);

/** Digits on their way out, one after the other with a pause between; asked for a step every 20 ms. */
export class DigitQueue {
  #waiting = "";
  #steps: readonly DigitStep[] = [];
  #next = 0;
  #pause = 0;

  /** Adds digits at the end; says how many were taken. What is no digit, and what is too much, is left out. */
  add(digits: string): number {
    const valid = [...digits].filter((digit) => eventOfDigit(digit) !== undefined);
    const taken = valid.slice(0, Math.max(0, MAX_WAITING - this.#waiting.length));
    this.#waiting += taken.join("");
    return taken.length;
  }

  /** Whether anything is being sent or waiting, the pause after the last digit included. */
  get isBusy(): boolean {
    return this.#next < this.#steps.length || this.#pause > 0 || this.#waiting !== "";
  }

  /** The digits that have not begun yet. */
  get waiting(): string {
    return this.#waiting;
  }

  /** What to send now; undefined in a pause and at the end. */
  step(): DigitStep | undefined {
    if (this.#pause > 0) {
      this.#pause--;
      return undefined;
    }
    if (this.#next >= this.#steps.length) {
      if (this.#waiting === "") return undefined;
      this.#steps = digitSteps(this.#waiting.charAt(0));
      this.#waiting = this.#waiting.slice(1);
      this.#next = 0;
    }
    const step = this.#steps[this.#next];
    this.#next++;
    if (this.#next >= this.#steps.length) this.#pause = PAUSE_TICKS;
    return step;
  }

  /** Drops everything. */
  clear(): void {
    this.#waiting = "";
    this.#steps = [];
    this.#next = 0;
    this.#pause = 0;
  }
}
