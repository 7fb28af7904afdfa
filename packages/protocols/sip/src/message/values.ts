import { endOfQuoted, isHostName, isIpv6, quote, skipBlanks, skipToken, unquote, wholeNumber } from "./characters.ts";
import type { Params } from "./params.ts";
import { noParams, parseParams, printParams } from "./params.ts";
import { printHostPort, uriScheme } from "./uri.ts";

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

/** The lines of a header split at commas outside quotes and angle brackets, without blanks around; empty ones are kept. */
export function splitValues(text: string): readonly string[] {
  if (!text.includes(",")) return [text];
  const values: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      const end = endOfQuoted(text, i);
      if (end < 0) break;
      i = end - 1;
    } else if (code === 60) {
      const end = text.indexOf(">", i);
      if (end < 0) break;
      i = end;
    } else if (code === 44) {
      values.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  values.push(text.slice(start).trim());
  return values;
}

/** Reads one name-addr or addr-spec with its parameters; undefined when malformed. @rfc 3261#25.1 */
export function parseNameAddr(text: string): NameAddr | undefined {
  const start = skipBlanks(text, 0);
  let display: string | undefined;
  let open = start;
  if (text.charCodeAt(start) === 34) {
    const end = endOfQuoted(text, start);
    if (end < 0) return undefined;
    display = unquote(text.slice(start, end));
    open = skipBlanks(text, end);
    if (text.charCodeAt(open) !== 60) return undefined;
  } else {
    open = text.indexOf("<", start);
    if (open < 0) return parseBareAddr(text, start);
    if (open > start) {
      const name = text.slice(start, open).trimEnd();
      if (!isDisplayWords(name)) return undefined;
      if (name !== "") display = name;
    }
  }
  const close = text.indexOf(">", open);
  if (close < 0) return undefined;
  const uri = text.slice(open + 1, close);
  const params = parseParams(text, close + 1);
  if (params === undefined || !isUriText(uri)) return undefined;
  return { display, uri, params };
}

/** Without angle brackets everything from the first `;` on belongs to the header, and `,` and `?` may not stand in the URI. */
function parseBareAddr(text: string, start: number): NameAddr | undefined {
  const semicolon = text.indexOf(";", start);
  const uri = (semicolon < 0 ? text.slice(start) : text.slice(start, semicolon)).trimEnd();
  if (!isUriText(uri) || uri.includes(",") || uri.includes("?")) return undefined;
  const params = semicolon < 0 ? noParams : parseParams(text, semicolon);
  return params === undefined ? undefined : { display: undefined, uri, params };
}

/** Tokens and blanks; letters beyond ASCII are let through, because phones send them without quotes. */
function isDisplayWords(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || code === 32 || code === 9) continue;
    const end = skipToken(text, i);
    if (end === i) return false;
    i = end - 1;
  }
  return true;
}

function isUriText(uri: string): boolean {
  for (let i = 0; i < uri.length; i++) {
    const code = uri.charCodeAt(i);
    if (code <= 32 || code === 34 || code === 60 || code === 127) return false;
  }
  return uri.startsWith("sip:") || uriScheme(uri) !== undefined;
}

/** Prints a name-addr, always with angle brackets, the display name always quoted. */
export function printNameAddr(value: NameAddr): string {
  const address = `<${value.uri}>${printParams(value.params)}`;
  return value.display === undefined ? address : `${quote(value.display)} ${address}`;
}

/** Reads one Via value; undefined when malformed. Blanks around its slashes and colon are allowed. */
export function parseVia(text: string): Via | undefined {
  let i = 0;
  if (text.startsWith("SIP/2.0/")) i = 8;
  else {
    i = afterSlash(text, skipBlanks(text, 0), "SIP");
    i = i < 0 ? -1 : afterSlash(text, i, "2.0");
    if (i < 0) return undefined;
  }
  const transportEnd = skipToken(text, i);
  const hostStart = skipBlanks(text, transportEnd);
  if (transportEnd === i || hostStart === transportEnd) return undefined;
  const semicolon = text.indexOf(";", hostStart);
  const sentBy = (semicolon < 0 ? text.slice(hostStart) : text.slice(hostStart, semicolon)).trimEnd();
  const hostPort = parseSentBy(sentBy);
  const params = semicolon < 0 ? noParams : parseParams(text, semicolon);
  if (hostPort === undefined || params === undefined) return undefined;
  return { transport: text.slice(i, transportEnd), host: hostPort.host, port: hostPort.port, params };
}

function afterSlash(text: string, from: number, word: string): number {
  if (text.slice(from, from + word.length).toUpperCase() !== word) return -1;
  const slash = skipBlanks(text, from + word.length);
  return text.charCodeAt(slash) === 47 ? skipBlanks(text, slash + 1) : -1;
}

function parseSentBy(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  const isBracketed = text.charCodeAt(0) === 91;
  const hostEnd = isBracketed ? text.indexOf("]") + 1 : text.indexOf(":");
  if (isBracketed && hostEnd === 0) return undefined;
  const host = (hostEnd < 0 ? text : text.slice(0, hostEnd)).trimEnd();
  const rest = hostEnd < 0 ? "" : text.slice(hostEnd).trimStart();
  const bare = isBracketed ? host.slice(1, -1) : host;
  if (isBracketed ? !isIpv6(bare) : !isHostName(bare)) return undefined;
  if (rest === "") return { host: bare, port: undefined };
  if (rest.charCodeAt(0) !== 58) return undefined;
  const port = wholeNumber(rest.slice(1).trim(), 5);
  return port === undefined || port > 65_535 || port === 0 ? undefined : { host: bare, port };
}

/** Prints a Via value. */
export const printVia = (via: Via): string =>
  `SIP/2.0/${via.transport} ${printHostPort(via.host, via.port)}${printParams(via.params)}`;

/** Reads a CSeq value; undefined when malformed or 2^31 and above. */
export function parseCSeq(text: string): CSeq | undefined {
  let digits = 0;
  let number = 0;
  for (; digits < text.length; digits++) {
    const digit = text.charCodeAt(digits) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
    if (number >= 2 ** 31) return undefined;
  }
  const start = skipBlanks(text, digits);
  const end = skipToken(text, start);
  if (digits === 0 || start === digits || end === start || end !== text.length) return undefined;
  return { number, method: text.slice(start, end) };
}
