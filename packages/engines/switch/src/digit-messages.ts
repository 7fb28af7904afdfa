/** Digits that may wait for one phone; a person presses none so fast. */
const MOST_WAITING = 64;

/** Digits on their way to a phone that takes them as messages: each is sent when the one before is answered, or never will be. */
export class DigitMessages {
  readonly #send: (digit: string) => Promise<unknown>;
  #waiting = "";
  #isSending = false;

  constructor(send: (digit: string) => Promise<unknown>) {
    this.#send = send;
  }

  /** False when too many wait already; none of these is sent then. */
  add(digits: string): boolean {
    if (this.#waiting.length + digits.length > MOST_WAITING) return false;
    this.#waiting += digits;
    if (!this.#isSending) void this.#run();
    return true;
  }

  /** Sends no more. */
  close(): void {
    this.#waiting = "";
  }

  async #run(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting !== "") {
      const digit = this.#waiting.slice(0, 1);
      this.#waiting = this.#waiting.slice(1);
      // Whatever the phone says to it, the call goes on.
      await this.#send(digit).catch(() => {});
    }
    this.#isSending = false;
  }
}
