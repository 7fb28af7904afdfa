import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { endOfHead, readHeaderSection } from "./header-section.ts";
import { Headers } from "./headers.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import type { StartLine } from "./start-line.ts";
import { readStartLine } from "./start-line.ts";
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
  const startLine = readStartLine(text, start, lineEnd);
  const section = readHeaderSection(text, lineEnd + 2, limits.headers);
  const headers = Headers.read(section);
  const fault = startLine.fault ?? section.fault;
  if (fault !== undefined) return refuse(fault.code, fault.why, partial(startLine, headers));
  // Places in the text are places in the bytes when each byte is a character, which is nearly always so.
  const isByteACharacter = text.length === bytes.length && section.text === text;
  const body = cutBody(headers, bytes, isByteACharacter ? section.end : endOfHead(bytes, start));
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

/** Line ends before a message are keep-alives. @rfc 3261#7.5 */
function skipLineEnds(text: string): number {
  let i = 0;
  while (text.charCodeAt(i) === 13 && text.charCodeAt(i + 1) === 10) i += 2;
  return i;
}

/** The bytes that Content-Length names; all that follow when there is none. @rfc 3261#18.3 */
function cutBody(headers: Headers, bytes: Uint8Array, from: number): Uint8Array | Fault {
  const available = bytes.length - from;
  const length = headers.contentLength;
  if (length === "none") return available === 0 ? noBody : bytes.subarray(from);
  if (length === undefined) return { code: "bad-content-length", why: "Malformed Content-Length" };
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
