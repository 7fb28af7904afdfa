import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { endOfHead, readHeaderSection } from "./header-section.ts";
import { Headers } from "./headers.ts";
import { paramsBehind } from "./media-type.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

/** What has a body: a message, or a part of one. */
export interface Entity {
  readonly headers: Headers;
  /** A view of the bytes that came in. */
  readonly body: Uint8Array;
}

/** Why a body of several parts cannot be taken apart. */
export type MultipartFault = "no-boundary" | "no-end" | "bad-part" | "too-many-parts";

/** Bounds of a body of several parts. */
const MAX_PARTS = 32;
const MAX_PART_HEADERS = 32;

const CR = 13;
const LF = 10;
const DASH = 45;

/** Whether a media type is one of several parts. */
export const isMultipart = (type: string | undefined): boolean => type?.startsWith("multipart/") === true;

/**
 * The parts of a body of several, in order, byte for byte; what stands before the first and behind the last is not theirs.
 * Never throws. Parts may be such bodies themselves. @rfc 2046#5.1.1
 */
export function bodyParts({ headers, body }: Entity): Result<readonly Entity[], MultipartFault> {
  const boundary = paramsBehind(headers.get("Content-Type") ?? "")?.get("boundary");
  if (typeof boundary !== "string" || !/^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary))
    return refused("no-boundary");
  const delimiter = encodeUtf8(`\r\n--${boundary}`);
  const parts: Entity[] = [];
  // The first delimiter may stand at the very start, without a line end before it.
  let at = startsWith(body, delimiter.subarray(2), 0) ? -2 : indexOf(body, delimiter, 0);
  if (at === -1) return refused("no-end");
  for (;;) {
    const from = at + delimiter.length;
    if (body[from] === DASH && body[from + 1] === DASH) return ok(parts);
    const lineEnd = endOfBlankLine(body, from);
    at = lineEnd < 0 ? -1 : indexOf(body, delimiter, lineEnd - 2);
    if (at === -1) return refused("no-end");
    if (parts.length === MAX_PARTS) return refused("too-many-parts");
    const part = readPart(body.subarray(lineEnd, Math.max(at, lineEnd)));
    if (part === undefined) return refused("bad-part");
    parts.push(part);
  }
}

/** Header fields, an empty line, and bytes. */
function readPart(bytes: Uint8Array): Entity | undefined {
  const bodyAt = bytes[0] === CR && bytes[1] === LF ? 2 : endOfHead(bytes, 0);
  if (bodyAt < 0) return undefined;
  const section = readHeaderSection(decodeUtf8(bytes.subarray(0, bodyAt)), 0, MAX_PART_HEADERS);
  return section.fault === undefined ? { headers: Headers.read(section), body: bytes.subarray(bodyAt) } : undefined;
}

/** Where the line after this place ends, when it has only blanks; -1 when it has more. */
function endOfBlankLine(bytes: Uint8Array, from: number): number {
  let i = from;
  while (bytes[i] === 32 || bytes[i] === 9) i++;
  return bytes[i] === CR && bytes[i + 1] === LF ? i + 2 : -1;
}

/** The needle starts with a CR and has no other, so that every byte is looked at twice at most. */
function indexOf(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  let at = bytes.indexOf(CR, from);
  while (at >= 0 && !startsWith(bytes, needle, at)) at = bytes.indexOf(CR, at + 1);
  return at;
}

const startsWith = (bytes: Uint8Array, needle: Uint8Array, at: number): boolean =>
  needle.every((byte, i) => bytes[at + i] === byte);
