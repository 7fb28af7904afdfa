import type { Connection } from "./types.ts";

/** Bounds of what may wait for one client. */
export interface OutboxLimits {
  readonly queueBytes: number;
  readonly queueEvents: number;
}

/**
 * What waits for one client. Bytes go to its socket until that wants no more; what comes then is queued here, where it
 * can still be taken back, and leaves in order as the socket drains.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #limits: OutboxLimits;
  #queue: Buffer[] = [];
  /** Index of the first of the queue that has not been written. */
  #next = 0;
  #bytes = 0;
  #isBlocked = false;

  constructor(connection: Connection, limits: OutboxLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Whether the socket wants no more for now. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get queuedBytes(): number {
    return this.#bytes;
  }

  get queuedEvents(): number {
    return this.#queue.length - this.#next;
  }

  /** Writes at once, even if the socket wants no more. Only while nothing is queued, or order would be lost. */
  write(bytes: Buffer): void {
    const wantsMore = this.#connection.write(bytes);
    this.#isBlocked ||= !wantsMore;
  }

  /** Writes or queues; false when the queue is now beyond its bounds. */
  push(bytes: Buffer): boolean {
    if (!this.#isBlocked) {
      this.#isBlocked = !this.#connection.write(bytes);
      return true;
    }
    this.#queue.push(bytes);
    this.#bytes += bytes.length;
    return this.#bytes <= this.#limits.queueBytes && this.queuedEvents <= this.#limits.queueEvents;
  }

  /** Forgets what has not been handed to the socket. */
  clear(): void {
    this.#queue = [];
    this.#next = 0;
    this.#bytes = 0;
  }

  /** The socket has drained: writes on. True when nothing waits any more. */
  drained(): boolean {
    this.#isBlocked = false;
    this.#connection.cork();
    while (!this.#isBlocked && this.#next < this.#queue.length) {
      const bytes = this.#queue[this.#next++];
      if (bytes === undefined) break;
      this.#bytes -= bytes.length;
      this.#isBlocked = !this.#connection.write(bytes);
    }
    this.#connection.uncork();
    if (this.#next === this.#queue.length) this.clear();
    return !this.#isBlocked;
  }
}
