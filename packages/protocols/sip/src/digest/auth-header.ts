import { endOfQuoted, isToken, quote, skipBlanks, skipToken, unquote } from "../message/characters.ts";

/** The value of an authentication header: a scheme and its parameters (names in lower case, quotes removed). */
export interface AuthValue {
  /** Lower case: `digest`. */
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

const MAX_PARAMS = 32;

/** Reads `Digest name=value, name="value" …`; undefined when malformed or a name comes twice. @rfc 3261#25.1 */
export function parseAuth(text: string): AuthValue | undefined {
  const start = skipBlanks(text, 0);
  const schemeEnd = skipToken(text, start);
  if (schemeEnd === start) return undefined;
  const params = new Map<string, string>();
  let i = skipBlanks(text, schemeEnd);
  while (i < text.length) {
    const nameEnd = skipToken(text, i);
    const equals = skipBlanks(text, nameEnd);
    const name = text.slice(i, nameEnd).toLowerCase();
    if (nameEnd === i || text.charCodeAt(equals) !== 61 || params.has(name) || params.size >= MAX_PARAMS)
      return undefined;
    const from = skipBlanks(text, equals + 1);
    const isQuoted = text.charCodeAt(from) === 34;
    const end = isQuoted ? endOfQuoted(text, from) : skipToken(text, from);
    if (end <= from) return undefined;
    const raw = text.slice(from, end);
    params.set(name, isQuoted ? unquote(raw) : raw);
    i = skipBlanks(text, end);
    if (i === text.length) break;
    if (text.charCodeAt(i) !== 44) return undefined;
    i = skipBlanks(text, i + 1);
  }
  return { scheme: text.slice(start, schemeEnd).toLowerCase(), params };
}

/** Parameters that stand without quotes, by the RFC's grammar. */
const bare: ReadonlySet<string> = new Set(["algorithm", "nc", "stale"]);

/** Prints an authentication value of the digest scheme; `qop` is bare only in answers, as the grammar has it. */
export function printDigest(params: readonly (readonly [name: string, value: string])[], isAnswer: boolean): string {
  const parts = params.map(([name, value]) => {
    const isBare = (bare.has(name) || (isAnswer && name === "qop")) && isToken(value);
    return isBare ? `${name}=${value}` : `${name}=${quote(value)}`;
  });
  return `Digest ${parts.join(", ")}`;
}
