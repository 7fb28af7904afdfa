import {
  endOfQuoted,
  find,
  isIpv6,
  quote,
  skipBlanks,
  skipHostName,
  skipToken,
  skipUri,
  trimmedEnd,
  unquote,
  wholeNumberIn,
} from "./characters.ts";
import type { Params } from "./params.ts";
import { parseParams, printParams } from "./params.ts";
import { printHostPort, uriScheme } from "./uri.ts";

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const SEMICOLON = 59;
const LESS = 60;
const GREATER = 62;

/** The value of From, To, Contact, Route and their like. @rfc 3261#20.10 */
export interface NameAddr {
  /** The display name without its quotes; undefined when there is none. */
  readonly display: string | undefined;
  /** The address as written between `<` and `>`; `parseUri` reads it. */
  readonly uri: string;
  readonly params: Params;
}

/** One Via value. @rfc 3261#20.42 */
export interface Via {
  /** As written, usually upper case: `UDP`. */
  readonly transport: string;
  /** IPv6 addresses without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}

/** Number and method of a request, as its CSeq says. @rfc 3261#20.16 */
export interface CSeq {
  /** 0 to 2^31 - 1. */
  readonly number: number;
  readonly method: string;
}

/**
 * The readers below read from `from` to `to` of a text, which is a whole message when they are called by its headers:
 * scanning in place spares cutting each value out first.
 */

/** The lines of a header split at commas outside quotes and angle brackets, without blanks around; empty ones are kept. */
export function splitValues(text: string): readonly string[] {
  const values: string[] = [];
  for (let from = 0; from <= text.length; ) {
    const end = endOfFirst(text, from, text.length);
    values.push(text.slice(from, end).trim());
    from = end + 1;
  }
  return values;
}

/** Where the first of several values ends: at a comma outside quotes and angle brackets, or at `to`. */
export function endOfFirst(text: string, from: number, to: number): number {
  const comma = text.indexOf(",", from);
  if (comma < 0 || comma >= to) return to;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code === COMMA) return i;
    if (code === QUOTE) {
      const end = endOfQuoted(text, i, to);
      if (end < 0) return to;
      i = end - 1;
    } else if (code === LESS) i = find(text, GREATER, i, to);
  }
  return to;
}

/** The values of one line, empty ones left out; undefined when one cannot be read. */
export function parseNameAddrs(text: string, from: number, to: number): readonly NameAddr[] | undefined {
  const values: NameAddr[] = [];
  for (let at = from; at < to; ) {
    const end = endOfFirst(text, at, to);
    const start = skipBlanks(text, at, end);
    const value = start === end ? undefined : parseNameAddr(text, start, end);
    if (value !== undefined) values.push(value);
    else if (start < end) return undefined;
    at = end + 1;
  }
  return values;
}

/** Reads one name-addr or addr-spec with its parameters; undefined when malformed. @rfc 3261#25.1 */
export function parseNameAddr(text: string, from: number = 0, to: number = text.length): NameAddr | undefined {
  const start = skipBlanks(text, from, to);
  let display: string | undefined;
  let open = start;
  if (start < to && text.charCodeAt(start) === QUOTE) {
    const end = endOfQuoted(text, start, to);
    if (end < 0) return undefined;
    display = unquote(text.slice(start, end));
    open = skipBlanks(text, end, to);
    if (open === to || text.charCodeAt(open) !== LESS) return undefined;
  } else if (start === to || text.charCodeAt(start) !== LESS) {
    open = find(text, LESS, start, to);
    if (open === to) return parseBareAddr(text, start, to);
    const nameEnd = trimmedEnd(text, start, open);
    if (!isDisplayWords(text, start, nameEnd)) return undefined;
    display = text.slice(start, nameEnd);
  }
  const close = skipUri(text, open + 1, to);
  if (close === to || text.charCodeAt(close) !== GREATER) return undefined;
  return addressed(display, text.slice(open + 1, close), parseParams(text, close + 1, to));
}

/** Without angle brackets everything from the first `;` on belongs to the header, and `,` and `?` may not stand in the URI. */
function parseBareAddr(text: string, start: number, to: number): NameAddr | undefined {
  const semicolon = find(text, SEMICOLON, start, to);
  const end = trimmedEnd(text, start, semicolon);
  if (skipUri(text, start, end) < end || find(text, COMMA, start, end) < end || find(text, 63, start, end) < end)
    return undefined;
  return addressed(undefined, text.slice(start, end), parseParams(text, semicolon, to));
}

function addressed(display: string | undefined, uri: string, params: Params | undefined): NameAddr | undefined {
  if (params === undefined || !(uri.startsWith("sip:") || uriScheme(uri) !== undefined)) return undefined;
  return { display, uri, params };
}

/** Tokens and blanks; letters beyond ASCII are let through, because phones send them without quotes. */
function isDisplayWords(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || code === 32 || code === 9) continue;
    const end = skipToken(text, i, to);
    if (end === i) return false;
    i = end - 1;
  }
  return true;
}

/** Prints a name-addr, always with angle brackets, the display name always quoted. */
export function printNameAddr(value: NameAddr): string {
  const address = `<${value.uri}>${printParams(value.params)}`;
  return value.display === undefined ? address : `${quote(value.display)} ${address}`;
}

/** Reads one Via value; undefined when malformed. Blanks around its slashes and colon are allowed. */
export function parseVia(text: string, from: number = 0, to: number = text.length): Via | undefined {
  const start = afterProtocol(text, from, to);
  if (start < 0) return undefined;
  const transportEnd = skipToken(text, start, to);
  const hostStart = skipBlanks(text, transportEnd, to);
  if (transportEnd === start || hostStart === transportEnd) return undefined;
  const hostEnd = endOfHost(text, hostStart, to);
  if (hostEnd < 0) return undefined;
  const host =
    text.charCodeAt(hostStart) === 91 ? text.slice(hostStart + 1, hostEnd - 1) : text.slice(hostStart, hostEnd);
  let i = skipBlanks(text, hostEnd, to);
  let port: number | undefined;
  if (i < to && text.charCodeAt(i) === COLON) {
    const portStart = skipBlanks(text, i + 1, to);
    const portEnd = skipHostName(text, portStart, to);
    port = wholeNumberIn(text, portStart, portEnd, 5);
    if (port === undefined || port > 65_535 || port === 0) return undefined;
    i = portEnd;
  }
  const params = parseParams(text, i, to);
  return params === undefined ? undefined : { transport: text.slice(start, transportEnd), host, port, params };
}

/** The end of a host name, an IPv4 address or an IPv6 address in brackets; -1 when there is none. */
function endOfHost(text: string, start: number, to: number): number {
  if (start === to || text.charCodeAt(start) !== 91) {
    const end = skipHostName(text, start, to);
    return end === start ? -1 : end;
  }
  const close = find(text, 93, start, to);
  return close < to && isIpv6(text.slice(start + 1, close)) ? close + 1 : -1;
}

/** Where the transport starts in a Via value; -1 when it is none of SIP 2.0. */
function afterProtocol(text: string, from: number, to: number): number {
  if (text.startsWith("SIP/2.0/", from)) return from + 8;
  const version = afterSlash(text, skipBlanks(text, from, to), "SIP");
  return version < 0 ? -1 : afterSlash(text, version, "2.0");
}

function afterSlash(text: string, from: number, word: string): number {
  if (text.slice(from, from + word.length).toUpperCase() !== word) return -1;
  const slash = skipBlanks(text, from + word.length);
  return text.charCodeAt(slash) === 47 ? skipBlanks(text, slash + 1) : -1;
}

/** Prints a Via value. */
export const printVia = (via: Via): string =>
  `SIP/2.0/${via.transport} ${printHostPort(via.host, via.port)}${printParams(via.params)}`;

/** Reads a CSeq value; undefined when malformed or 2^31 and above. */
export function parseCSeq(text: string, from: number = 0, to: number = text.length): CSeq | undefined {
  let digits = from;
  let number = 0;
  for (; digits < to; digits++) {
    const digit = text.charCodeAt(digits) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
    if (number >= 2 ** 31) return undefined;
  }
  const start = skipBlanks(text, digits, to);
  const end = skipToken(text, start, to);
  if (digits === from || start === digits || end === start || end !== to) return undefined;
  return { number, method: text.slice(start, end) };
}
