import type { PathTrouble } from "@cordboard/core";
import type { Clock, Millis, Timer } from "@cordboard/kernel";
import type { SoundTimings } from "../../timings.ts";

/** Waits of a browser's leg, see the timings of the engine. */
export type PathTimings = Pick<SoundTimings, "pathWithin" | "keysWithin" | "pathBackWithin">;

/** What patience is made of. */
export interface PatienceParts {
  readonly clock: Clock;
  readonly timings: PathTimings;
  /** It was waited for in vain. */
  onOver(trouble: PathTrouble, waited: Millis): void;
}

/** Waits for what a browser's leg is without, one thing at a time, and not for ever. */
export class Patience {
  readonly #parts: PatienceParts;
  #waitsFor: PathTrouble | undefined;
  #timer: Timer | undefined;

  constructor(parts: PatienceParts) {
    this.#parts = parts;
  }

  /** From now on it is this that must not last; what was waited for already is waited for no longer than it was. Undefined: all is well. */
  waitOut(trouble: PathTrouble | undefined): void {
    if (trouble === this.#waitsFor) return;
    this.stop();
    if (trouble === undefined) return;
    const { clock, onOver } = this.#parts;
    const waited = this.#limitOf(trouble);
    this.#waitsFor = trouble;
    this.#timer = clock.after(waited, () => {
      this.stop();
      onOver(trouble, waited);
    });
  }

  /** Forgets how long it has waited. */
  stop(): void {
    this.#timer?.cancel();
    this.#waitsFor = undefined;
  }

  #limitOf(trouble: PathTrouble): Millis {
    const { pathWithin, keysWithin, pathBackWithin } = this.#parts.timings;
    return { "no-path": pathWithin, "no-keys": keysWithin, "path-lost": pathBackWithin }[trouble];
  }
}
