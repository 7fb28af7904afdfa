import { ownText } from "@cordboard/sip";

/** A set of texts that keeps the latest so many of them. */
export class RecentSet {
  readonly #texts = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#texts.size;
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  forget(text: string): void {
    this.#texts.delete(text);
  }

  /** Adds a text, or makes it the latest again; the oldest is forgotten when there are too many. */
  add(text: string): void {
    this.#texts.delete(text);
    this.#texts.add(ownText(text));
    if (this.#texts.size <= this.#limit) return;
    for (const oldest of this.#texts) {
      this.#texts.delete(oldest);
      return;
    }
  }
}
