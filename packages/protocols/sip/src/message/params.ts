import { endOfQuoted, isToken, quote, skipBlanks, skipToken, unquote } from "./characters.ts";

/** Parameters by lower-case name in the order written; `null` is one without a value, such as `;lr`. Quotes are removed. */
export type Params = ReadonlyMap<string, string | null>;

/** No parameters at all. */
export const noParams: Params = new Map();

/** Bound of parameters in one value; more is malformed. */
const MAX_PARAMS = 64;

/**
 * Reads `;name=value;flag …` from `from` to the end of `text`. The first of several with one name counts. Undefined
 * when malformed: an empty parameter, a name that is no token, a quote that does not end, anything else between.
 */
export function parseParams(text: string, from: number): Params | undefined {
  let i = skipBlanks(text, from);
  if (i === text.length) return noParams;
  const params = new Map<string, string | null>();
  while (i < text.length) {
    if (text.charCodeAt(i) !== 59 || params.size >= MAX_PARAMS) return undefined;
    const start = skipBlanks(text, i + 1);
    const end = skipToken(text, start);
    if (end === start) return undefined;
    const name = text.slice(start, end).toLowerCase();
    i = skipBlanks(text, end);
    let value: string | null = null;
    if (text.charCodeAt(i) === 61) {
      const valueStart = skipBlanks(text, i + 1);
      i = endOfValue(text, valueStart);
      if (i <= valueStart) return undefined;
      const raw = text.slice(valueStart, i);
      value = raw.charCodeAt(0) === 34 ? unquote(raw) : raw;
      i = skipBlanks(text, i);
    }
    if (!params.has(name)) params.set(name, value);
  }
  return params;
}

/** A value is a quoted string, or runs to the next blank, `;` or `,` (so that hosts with brackets and colons fit). */
function endOfValue(text: string, start: number): number {
  if (text.charCodeAt(start) === 34) return endOfQuoted(text, start);
  let i = start;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 59 || code <= 32 || code === 44 || code === 34 || code === 60 || code === 62) break;
  }
  return i;
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
