import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** Notices that a peer which should be sending is not, and that it is again. */
export class SilenceWatch {
  readonly #silentAfter: Millis;
  #isExpected = false;
  #lastAt = 0;
  #isSilent = false;

  constructor(silentAfter: Millis) {
    this.#silentAfter = silentAfter;
  }

  /** Whether the peer should be sending from now on; time is counted from the change. */
  expect(isExpected: boolean, now: Millis): void {
    if (isExpected === this.#isExpected) return;
    this.#isExpected = isExpected;
    this.#lastAt = now;
    this.#isSilent = false;
  }

  /** A packet came: true when that ends a silence that was reported. */
  hear(now: Millis): boolean {
    if (!this.#isExpected) return false;
    this.#lastAt = now;
    const wasSilent = this.#isSilent;
    this.#isSilent = false;
    return wasSilent;
  }

  /** How long it has been silent, when that is to be reported now: once a silence. */
  check(now: Millis): Millis | undefined {
    if (!this.#isExpected || this.#isSilent || now - this.#lastAt < this.#silentAfter) return undefined;
    this.#isSilent = true;
    return ms(now - this.#lastAt);
  }
}
