import {
  endOfQuoted,
  isToken,
  quote,
  skipBlanks,
  skipLowerToken,
  skipParamValue,
  skipToken,
  unquote,
} from "./characters.ts";

/**
 * Parameters by lower-case name in the order written; `null` is one without a value, such as `;lr`. Quotes are removed.
 * A `Map` is one too.
 */
export interface Params extends Iterable<readonly [name: string, value: string | null]> {
  readonly size: number;
  get(name: string): string | null | undefined;
  has(name: string): boolean;
}

/** One parameter, and what follows it. */
interface Link {
  readonly name: string;
  readonly value: string | null;
  next: Link | undefined;
}

/** Most values have one to three parameters: a chain of them is far cheaper to make than a hash table, and as fast to look at. */
class ParamChain implements Params {
  #first: Link | undefined;
  #last: Link | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds one at the end, unless there is one of its name. */
  add(name: string, value: string | null): void {
    if (this.has(name)) return;
    const link = { name, value, next: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#size++;
  }

  get(name: string): string | null | undefined {
    for (let link = this.#first; link !== undefined; link = link.next) if (link.name === name) return link.value;
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  [Symbol.iterator](): Iterator<readonly [name: string, value: string | null]> {
    const all: (readonly [name: string, value: string | null])[] = [];
    for (let link = this.#first; link !== undefined; link = link.next) all.push([link.name, link.value]);
    return all[Symbol.iterator]();
  }
}

/** No parameters at all. */
export const noParams: Params = new ParamChain();

/** Bound of parameters in one value; more is malformed. */
const MAX_PARAMS = 64;

/**
 * Reads `;name=value;flag …` from `from` to `to` of a text. The first of several with one name counts. Undefined when
 * malformed: an empty parameter, a name that is no token, a quote that does not end, anything else between.
 */
export function parseParams(text: string, from: number, to: number = text.length): Params | undefined {
  let i = skipBlanks(text, from, to);
  if (i === to) return noParams;
  const params = new ParamChain();
  for (let count = 0; i < to; count++) {
    if (text.charCodeAt(i) !== 59 || count === MAX_PARAMS) return undefined;
    const start = skipBlanks(text, i + 1, to);
    // Nearly all names are written small: capitals are looked for where the small ones end.
    const smallEnd = skipLowerToken(text, start, to);
    const end = skipToken(text, smallEnd, to);
    if (end === start) return undefined;
    const name = end === smallEnd ? text.slice(start, end) : text.slice(start, end).toLowerCase();
    const equals = skipBlanks(text, end, to);
    if (equals === to || text.charCodeAt(equals) !== 61) {
      params.add(name, null);
      i = equals;
      continue;
    }
    const valueStart = skipBlanks(text, equals + 1, to);
    const isQuoted = text.charCodeAt(valueStart) === 34;
    const valueEnd = isQuoted ? endOfQuoted(text, valueStart, to) : skipParamValue(text, valueStart, to);
    if (valueEnd <= valueStart) return undefined;
    const raw = text.slice(valueStart, valueEnd);
    params.add(name, isQuoted ? unquote(raw) : raw);
    i = skipBlanks(text, valueEnd, to);
  }
  return params;
}

/** Prints parameters as {@link parseParams} reads them; values that are neither token nor host are quoted. */
export function printParams(params: Params): string {
  let text = "";
  for (const [name, value] of params) {
    text += value === null ? `;${name}` : `;${name}=${isBare(value) ? value : quote(value)}`;
  }
  return text;
}

const isBare = (value: string): boolean => isToken(value) || /^[A-Za-z0-9[\]:._/-]+$/.test(value);

/** The parameters with one set (`null` for a flag) or, with undefined, taken away. */
export function withParam(params: Params, name: string, value: string | null | undefined): Params {
  const changed = new ParamChain();
  for (const [each, old] of params) {
    if (each !== name) changed.add(each, old);
    else if (value !== undefined) changed.add(name, value);
  }
  if (value !== undefined) changed.add(name, value);
  return changed;
}
