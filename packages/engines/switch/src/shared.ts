/** Values that many have in common, such as the names of phone models; each is kept once. */
export class Shared<Value> {
  readonly #values = new Map<string, Value>();
  readonly #limit: number;

  /** So many are known at once; beyond, it begins anew. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#values.size;
  }

  /** An equal value, as it was given first; equal are those of one key. */
  of(key: string, value: Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= this.#limit) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
