import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { isBlank, isToken, skipBlanks, wholeNumber } from "./characters.ts";
import { checkedHeaderKey, spellingAt } from "./header-names.ts";
import { Headers } from "./headers.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Bounds of one message. */
export interface ParseLimits {
  /** Bytes of the whole; 65,535 unless said otherwise. */
  readonly bytes: number;
  /** Header fields; 256 unless said otherwise. */
  readonly headers: number;
}

/** The parser's own bounds. */
export const defaultParseLimits: ParseLimits = { bytes: 65_535, headers: 256 };

/** What is wrong with a message. */
export type MessageFault =
  | "empty"
  | "too-big"
  | "too-many-headers"
  | "no-end-of-headers"
  | "bad-start-line"
  | "bad-version"
  | "bad-header-line"
  | "bad-content-length"
  | "body-too-short"
  | "missing-header"
  | "repeated-header"
  | "bad-header"
  | "method-mismatch";

/** Why a message was refused, and what to say to its sender. */
export interface MessageRefusal {
  readonly code: MessageFault;
  /** In plain words, naming the header where there is one; becomes the reason phrase. */
  readonly why: string;
  /** The status to answer with when {@link answerable} is there. */
  readonly status: 400 | 413 | 501 | 505;
  /** The request, when enough of it was understood for a response (and it is no ACK); else it is dropped. */
  readonly answerable: SipRequest | undefined;
}

const noBody = new Uint8Array(0);

/**
 * Reads one message from all of `bytes` (a datagram, a frame, or what the stream framer cut out). Never throws. The
 * body is a view into `bytes`, not a copy. What headers hold is read later, when asked for: {@link checkMessage} does
 * that for those that every message needs. @rfc 3261#7
 */
export function parseMessage(
  bytes: Uint8Array,
  limits: ParseLimits = defaultParseLimits,
): Result<SipMessage, MessageRefusal> {
  if (bytes.length > limits.bytes) return refuse("too-big", `more than ${limits.bytes} bytes`);
  const text = decodeUtf8(bytes);
  const start = skipLineEnds(text);
  if (start === text.length) return refuse("empty", "no message");
  const lineEnd = text.indexOf("\r\n", start);
  if (lineEnd < 0) return refuse("no-end-of-headers", "no line end");
  const startLine = readStartLine(text.slice(start, lineEnd));
  const index = indexHeaders(text, lineEnd + 2, limits.headers);
  const headers = new Headers(index);
  const fault = startLine.fault ?? index.fault;
  if (fault !== undefined) return refuse(fault.code, fault.why, partial(startLine, headers));
  const bodyAt = text.length === bytes.length ? index.end : bodyOffset(bytes, start);
  const body = cutBody(headers, bytes, bodyAt);
  if (!(body instanceof Uint8Array)) return refuse(body.code, body.why, partial(startLine, headers));
  return ok(
    startLine.status === undefined
      ? { type: "request", method: startLine.method, uri: startLine.uri, headers, body }
      : { type: "response", status: startLine.status, reason: startLine.reason, headers, body },
  );
}

interface Fault {
  readonly code: MessageFault;
  readonly why: string;
}

interface StartLine {
  readonly method: string;
  readonly uri: string;
  readonly status: number | undefined;
  readonly reason: string;
  readonly fault: Fault | undefined;
}

/** Line ends before a message are keep-alives. @rfc 3261#7.5 */
function skipLineEnds(text: string): number {
  let i = 0;
  while (text.charCodeAt(i) === 13 && text.charCodeAt(i + 1) === 10) i += 2;
  return i;
}

function readStartLine(line: string): StartLine {
  if (line.startsWith("SIP/")) return readStatusLine(line);
  const first = line.indexOf(" ");
  const last = line.lastIndexOf(" ");
  const method = first < 0 ? line : line.slice(0, first);
  const uri = last > first ? line.slice(first + 1, last) : "";
  const version = last < 0 ? "" : line.slice(last + 1);
  const fault =
    isToken(method) && (version === "SIP/2.0" || /^SIP\/\d+\.\d+$/i.test(version))
      ? version.toUpperCase() === "SIP/2.0"
        ? undefined
        : { code: "bad-version" as const, why: "Version Not Supported" }
      : { code: "bad-start-line" as const, why: "Malformed request line" };
  const isUriBad = uri === "" || uri.includes(" ") || uri.charCodeAt(0) === 60;
  const uriFault = isUriBad ? { code: "bad-start-line" as const, why: "Malformed Request-URI" } : undefined;
  return { method, uri, status: undefined, reason: "", fault: fault ?? uriFault };
}

function readStatusLine(line: string): StartLine {
  const status = wholeNumber(line.slice(8, 11), 3);
  const isShaped = line.startsWith("SIP/2.0 ") && (line.length === 11 || line.charCodeAt(11) === 32);
  const isGood = isShaped && status !== undefined && status >= 100 && status <= 699;
  const fault = isGood ? undefined : { code: "bad-start-line" as const, why: "Malformed status line" };
  return { method: "", uri: "", status: status ?? 0, reason: line.slice(12), fault };
}

interface HeaderIndex {
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** Where the body starts in the text. */
  readonly end: number;
  readonly fault: Fault | undefined;
}

/** Cuts the header section into fields up to the empty line; what was read before a fault is kept for the answer. */
function indexHeaders(text: string, from: number, limit: number): HeaderIndex {
  const keys: string[] = [];
  const names: string[] = [];
  const values: string[] = [];
  let fault: Fault | undefined;
  let at = from;
  for (;;) {
    let lf = text.indexOf("\n", at);
    if (lf < 0) return { keys, names, values, end: text.length, fault: fault ?? noEnd };
    if (lf === at + 1 && text.charCodeAt(at) === 13) return { keys, names, values, end: lf + 1, fault };
    let isFolded = false;
    for (let next = text.charCodeAt(lf + 1); next === 32 || next === 9; next = text.charCodeAt(lf + 1)) {
      isFolded = true;
      const further = text.indexOf("\n", lf + 1);
      if (further < 0) return { keys, names, values, end: text.length, fault: fault ?? noEnd };
      lf = further;
    }
    const colon = colonAfter(text, at, lf);
    const nameEnd = colon < 0 ? -1 : trimmedEnd(text, at, colon);
    const known = nameEnd < 0 ? undefined : spellingAt(text, at, nameEnd);
    const name = nameEnd < 0 ? "" : (known?.name ?? text.slice(at, nameEnd));
    const key = known?.key ?? checkedHeaderKey(name);
    if (key === undefined || text.charCodeAt(lf - 1) !== 13)
      fault ??= { code: "bad-header-line", why: "Malformed header line" };
    else if (keys.length >= limit) return { keys, names, values, end: text.length, fault: tooMany };
    else {
      keys.push(key);
      names.push(name);
      values.push(isFolded ? unfold(text.slice(colon + 1, lf - 1)) : trimmed(text, colon + 1, lf - 1));
    }
    at = lf + 1;
  }
}

const noEnd: Fault = { code: "no-end-of-headers", why: "No empty line after the headers" };
const tooMany: Fault = { code: "too-many-headers", why: "Too many header fields" };

/** Names are short: looking at each character beats a search of the host. */
function colonAfter(text: string, from: number, to: number): number {
  for (let i = from; i < to; i++) if (text.charCodeAt(i) === 58) return i;
  return -1;
}

function trimmedEnd(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && isBlank(text.charCodeAt(i - 1))) i--;
  return i;
}

function trimmed(text: string, from: number, to: number): string {
  const start = skipBlanks(text, from);
  return start >= to ? "" : text.slice(start, trimmedEnd(text, start, to));
}

/** A line end with the blanks around it is one space. @rfc 3261#7.3.1 */
function unfold(value: string): string {
  return value
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}

/** Where the body starts in bytes; needed when the text has other than ASCII characters. */
function bodyOffset(bytes: Uint8Array, from: number): number {
  for (let lf = bytes.indexOf(10, from); lf >= 0; lf = bytes.indexOf(10, lf + 1)) {
    if (bytes[lf + 1] === 13 && bytes[lf + 2] === 10) return lf + 3;
  }
  return bytes.length;
}

/** The bytes that Content-Length names; all that follow when there is none. @rfc 3261#18.3 */
function cutBody(headers: Headers, bytes: Uint8Array, from: number): Uint8Array | Fault {
  const available = bytes.length - from;
  const line = headers.get("Content-Length");
  if (line === undefined) return available === 0 ? noBody : bytes.subarray(from);
  const length = wholeNumber(line, 10);
  const isOne = headers.count("Content-Length") === 1 || headers.all("Content-Length").every((each) => each === line);
  if (length === undefined || !isOne) return { code: "bad-content-length", why: "Malformed Content-Length" };
  if (length > available) return { code: "body-too-short", why: "Body shorter than its Content-Length" };
  return length === 0 ? noBody : bytes.subarray(from, from + length);
}

function refuse(code: MessageFault, why: string, answerable?: SipRequest): Result<never, MessageRefusal> {
  return refused({ code, why, status: code === "bad-version" ? 505 : code === "too-big" ? 413 : 400, answerable });
}

/** What was read of a broken request, when it is enough for a response. */
function partial(line: StartLine, headers: Headers): SipRequest | undefined {
  if (line.status !== undefined) return undefined;
  return answerableRequest({ type: "request", method: line.method, uri: line.uri, headers, body: noBody });
}

/**
 * The request itself when a response to it can be made: it has a Via to give back, even one that cannot be read (then
 * the response goes to its source). Undefined for ACK, which has none.
 */
export function answerableRequest(request: SipRequest): SipRequest | undefined {
  return request.headers.has("Via") && request.method !== "ACK" ? request : undefined;
}
