import type { LegFact } from "@cordboard/core";
import type { Log } from "@cordboard/kernel";

/**
 * Hands facts to whoever listens, in order and never from inside an order: each waits for the end of what runs now. One that
 * a listener fails on is logged and does not keep the next from its way.
 */
export class FactQueue {
  readonly #log: Log;
  readonly #listeners: ((fact: LegFact) => void)[] = [];
  #waiting: LegFact[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  listen(listener: (fact: LegFact) => void): void {
    this.#listeners.push(listener);
  }

  report(fact: LegFact): void {
    this.#waiting.push(fact);
    if (this.#waiting.length === 1) queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    const facts = this.#waiting;
    this.#waiting = [];
    for (const fact of facts) {
      for (const listener of this.#listeners) {
        try {
          listener(fact);
        } catch (cause) {
          this.#log.error("a leg's fact was not taken", { leg: fact.leg, fact: fact.type, cause });
        }
      }
    }
  }
}
