/**
 * Messages to another thread that leave together at the end of the turn in which they were put. A message between threads costs
 * far more to send than to make, and wakes its receiver; setting up one call takes a dozen of them.
 */
export class Outbox<Message> {
  readonly #post: (messages: readonly Message[]) => void;
  #waiting: Message[] = [];

  constructor(post: (messages: readonly Message[]) => void) {
    this.#post = post;
  }

  put(message: Message): void {
    this.#waiting.push(message);
    // After all packets that have come in by now.
    if (this.#waiting.length === 1) setImmediate(() => this.#send());
  }

  #send(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    this.#post(messages);
  }
}
