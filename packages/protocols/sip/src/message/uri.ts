import { isHostName, isIpv6, isToken, wholeNumber } from "./characters.ts";
import type { Params } from "./params.ts";
import { noParams } from "./params.ts";

/** A `sip:` or `sips:` URI, taken apart. @rfc 3261#19.1 */
export interface SipUri {
  readonly scheme: "sip" | "sips";
  /** Percent escapes are undone; undefined when there is no `@`. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower case; IPv6 addresses without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** Names in lower case, percent escapes undone. */
  readonly params: Params;
  /** What follows `?`, as written. */
  readonly headers: string | undefined;
}

/** The scheme of any URI in lower case, or undefined when the text does not start with one. */
export function uriScheme(text: string): string | undefined {
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  const scheme = text.slice(0, colon);
  return /^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme) ? scheme.toLowerCase() : undefined;
}

/** Reads a `sip:` or `sips:` URI; undefined when it is malformed or has another scheme. */
export function parseUri(text: string): SipUri | undefined {
  const scheme = schemeOf(text);
  if (scheme === undefined || hasForbidden(text)) return undefined;
  const start = scheme.length + 1;
  const at = text.indexOf("@", start);
  let user: string | undefined;
  let password: string | undefined;
  if (at >= 0) {
    const colon = text.indexOf(":", start);
    const userEnd = colon >= 0 && colon < at ? colon : at;
    user = unescaped(text.slice(start, userEnd));
    if (user === undefined || user === "") return undefined;
    if (userEnd < at) {
      password = unescaped(text.slice(userEnd + 1, at));
      if (password === undefined) return undefined;
    }
  }
  const hostStart = at >= 0 ? at + 1 : start;
  const question = text.indexOf("?", hostStart);
  const end = question < 0 ? text.length : question;
  const semicolon = text.indexOf(";", hostStart);
  const hostEnd = semicolon >= 0 && semicolon < end ? semicolon : end;
  const hostPort = parseHostPort(text.slice(hostStart, hostEnd));
  const params = parseUriParams(text.slice(hostEnd, end));
  if (hostPort === undefined || params === undefined) return undefined;
  const headers = question < 0 ? undefined : text.slice(question + 1);
  return { scheme, user, password, host: hostPort.host.toLowerCase(), port: hostPort.port, params, headers };
}

function schemeOf(text: string): "sip" | "sips" | undefined {
  if (text.startsWith("sip:")) return "sip";
  const colon = text.indexOf(":");
  if (colon !== 3 && colon !== 4) return undefined;
  const scheme = text.slice(0, colon).toLowerCase();
  return scheme === "sip" || scheme === "sips" ? scheme : undefined;
}

/** Blanks, controls, quotes and angle brackets have no place in a URI. */
function hasForbidden(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 32 || code === 127 || code === 34 || code === 60 || code === 62) return true;
  }
  return false;
}

function unescaped(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A host, with brackets taken off an IPv6 address, and the port when there is one. */
export interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

/** Reads `host`, `host:port`, `[v6]` or `[v6]:port`; undefined when malformed. Ports are 1 to 65535. */
export function parseHostPort(text: string): HostPort | undefined {
  if (text.charCodeAt(0) === 91) {
    const close = text.indexOf("]");
    if (close < 0) return undefined;
    const host = text.slice(1, close);
    if (!isIpv6(host)) return undefined;
    if (close + 1 === text.length) return { host, port: undefined };
    return text.charCodeAt(close + 1) === 58 ? withPort(host, text.slice(close + 2)) : undefined;
  }
  const colon = text.indexOf(":");
  if (colon < 0) return isHostName(text) ? { host: text, port: undefined } : undefined;
  const host = text.slice(0, colon);
  return isHostName(host) ? withPort(host, text.slice(colon + 1)) : undefined;
}

function withPort(host: string, text: string): HostPort | undefined {
  const port = wholeNumber(text, 5);
  return port === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

function parseUriParams(text: string): Params | undefined {
  if (text === "") return noParams;
  const params = new Map<string, string | null>();
  for (const part of text.slice(1).split(";")) {
    const equals = part.indexOf("=");
    const name = unescaped(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? null : unescaped(part.slice(equals + 1));
    if (name === undefined || name === "" || value === undefined || params.size >= 64) return undefined;
    if (!params.has(name.toLowerCase())) params.set(name.toLowerCase(), value);
  }
  return params;
}

/** Prints a host for use before a colon and port: IPv6 addresses get brackets. */
export const printHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** Prints `host` or `host:port`. */
export const printHostPort = (host: string, port: number | undefined): string =>
  port === undefined ? printHost(host) : `${printHost(host)}:${port}`;

/** Prints a URI; what may not stand bare is percent-escaped. */
export function printUri(uri: SipUri): string {
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escapeUser(uri.user);
    if (uri.password !== undefined) text += `:${escapeStrictly(uri.password)}`;
    text += "@";
  }
  text += printHostPort(uri.host, uri.port);
  for (const [name, value] of uri.params) {
    text += value === null ? `;${escapeParam(name)}` : `;${escapeParam(name)}=${escapeParam(value)}`;
  }
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

const escapeStrictly = (text: string): string => encodeURIComponent(text.toWellFormed());
const escapeUser = (user: string): string =>
  /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]*$/.test(user) ? user : escapeStrictly(user);
const escapeParam = (text: string): string =>
  isToken(text) && !text.includes("%") ? text : /^[A-Za-z0-9[\]:._/&+$-]*$/.test(text) ? text : escapeStrictly(text);

/** A `sip:` URI of a user (or none) at an address. */
export function makeUri(user: string | undefined, host: string, port?: number): SipUri {
  return {
    scheme: "sip",
    user,
    password: undefined,
    host: host.toLowerCase(),
    port,
    params: noParams,
    headers: undefined,
  };
}

/** Parameters that make two URIs differ even when only one of them has it. */
const decisive = ["user", "ttl", "method", "maddr", "transport"] as const;

/** Whether two URIs are equal by the RFC's rules (an absent port is not 5060). @rfc 3261#19.1.4 */
export function isSameUri(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme || a.user !== b.user || a.password !== b.password) return false;
  if (a.host !== b.host || a.port !== b.port || !sameHeaders(a.headers, b.headers)) return false;
  for (const name of decisive) if (a.params.has(name) !== b.params.has(name)) return false;
  for (const [name, value] of a.params) {
    const other = b.params.get(name);
    if (other !== undefined && other?.toLowerCase() !== value?.toLowerCase()) return false;
  }
  return true;
}

function sameHeaders(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.split("&").sort().join("&") === b.split("&").sort().join("&");
}
