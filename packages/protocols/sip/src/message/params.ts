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
  readonly #first: Link | undefined;

  constructor(first: Link | undefined) {
    this.#first = first;
  }

  get size(): number {
    return [...this].length;
  }

  get(name: string): string | null | undefined {
    return valueIn(this.#first, name);
  }

  has(name: string): boolean {
    return valueIn(this.#first, name) !== undefined;
  }

  [Symbol.iterator](): Iterator<readonly [name: string, value: string | null]> {
    const all: (readonly [name: string, value: string | null])[] = [];
    for (let link = this.#first; link !== undefined; link = link.next) all.push([link.name, link.value]);
    return all[Symbol.iterator]();
  }
}

function valueIn(first: Link | undefined, name: string): string | null | undefined {
  for (let link = first; link !== undefined; link = link.next) if (link.name === name) return link.value;
  return undefined;
}

/** No parameters at all. */
export const noParams: Params = new ParamChain(undefined);

const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;

/** Bound of parameters in one value; more is malformed. */
const MAX_PARAMS = 64;

/**
 * Reads `;name=value;flag …` from `from` to `to` of a text. The first of several with one name counts. Undefined when
 * malformed: an empty parameter, a name that is no token, a quote that does not end, anything else between.
 */
export function parseParams(text: string, from: number, to: number = text.length): Params | undefined {
  let i = skipBlanks(text, from, to);
  if (i === to) return noParams;
  let first: Link | undefined;
  let last: Link | undefined;
  for (let count = 0; i < to; count++) {
    if (text.charCodeAt(i) !== SEMICOLON || count === MAX_PARAMS) return undefined;
    const start = skipBlanks(text, i + 1, to);
    // Nearly all names are written small: capitals are looked for where the small ones end.
    const smallEnd = skipLowerToken(text, start, to);
    const end = skipToken(text, smallEnd, to);
    if (end === start) return undefined;
    const name = end === smallEnd ? text.slice(start, end) : text.slice(start, end).toLowerCase();
    let value: string | null = null;
    i = skipBlanks(text, end, to);
    if (i < to && text.charCodeAt(i) === EQUALS) {
      const valueStart = skipBlanks(text, i + 1, to);
      const isQuoted = text.charCodeAt(valueStart) === QUOTE;
      const valueEnd = isQuoted ? endOfQuoted(text, valueStart, to) : skipParamValue(text, valueStart, to);
      if (valueEnd <= valueStart) return undefined;
      value = isQuoted ? unquote(text.slice(valueStart, valueEnd)) : text.slice(valueStart, valueEnd);
      i = skipBlanks(text, valueEnd, to);
    }
    if (last !== undefined && valueIn(first, name) !== undefined) continue;
    const link: Link = { name, value, next: undefined };
    if (last === undefined) first = link;
    else last.next = link;
    last = link;
  }
  return new ParamChain(first);
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
  const changed = new Map(params);
  if (value === undefined) changed.delete(name);
  else changed.set(name, value);
  return changed;
}
