import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";

/** Pauses between the looks for the first packets of a peer that was just named: who is not where it says shall not be lost for long. */
const SOON: readonly Millis[] = [60, 100, 100, 100, 150, 250, 500, 1000, 2000].map(ms);
/** After that figures are read so often. */
const NOW_AND_THEN = seconds(5);

/** When a call's figures are looked at: often after a peer was named, and then now and then. One look waits at a time. */
export class Looks {
  readonly #clock: Clock;
  readonly #look: () => void;
  #made = SOON.length;
  #timer: Timer | undefined;

  constructor(clock: Clock, look: () => void) {
    this.#clock = clock;
    this.#look = look;
  }

  /** The first packets have come, or have been waited for long enough. */
  get areRare(): boolean {
    return this.#made >= SOON.length;
  }

  /** A peer was named: its first packets are looked for. */
  begin(): void {
    this.#wait(0);
  }

  /** A look was taken; `isSettled` when there was nothing left to look for. */
  goOn(isSettled: boolean): void {
    this.#wait(isSettled ? SOON.length : this.#made + 1);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #wait(made: number): void {
    this.#made = made;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(SOON[made] ?? NOW_AND_THEN, this.#look);
  }
}
