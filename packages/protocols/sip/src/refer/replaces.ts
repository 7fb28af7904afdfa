import { isToken } from "../message/characters.ts";
import type { Headers } from "../message/headers.ts";
import { parseParams } from "../message/params.ts";

/** Extensions of call control that `supported` may name: INVITEs with Replaces then reach `onCall` with it read. */
export const callExtensions: readonly string[] = ["replaces", "norefersub"];

/** The dialog whose place a call asks for, as the one sees it who is asked: its own tag is `toTag`. @rfc 3891#6.1 */
export interface Replaces {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
  /** Only while the dialog is not answered, so that a call is picked up, but never taken away. */
  readonly isEarlyOnly: boolean;
}

/** Reads a Replaces value; undefined when it is malformed or lacks a tag. */
export function parseReplaces(text: string): Replaces | undefined {
  const semicolon = text.indexOf(";");
  if (semicolon < 0) return undefined;
  const callId = text.slice(0, semicolon).trim();
  const params = parseParams(text, semicolon, text.length);
  const toTag = params?.get("to-tag");
  const fromTag = params?.get("from-tag");
  if (params === undefined || !isCallId(callId) || !isTag(toTag) || !isTag(fromTag)) return undefined;
  return { callId, toTag, fromTag, isEarlyOnly: params.has("early-only") };
}

/** Prints a Replaces value. */
export const printReplaces = ({ callId, toTag, fromTag, isEarlyOnly }: Replaces): string =>
  `${callId};to-tag=${toTag};from-tag=${fromTag}${isEarlyOnly ? ";early-only" : ""}`;

/**
 * The dialog that an INVITE wants to replace: undefined when it says none, `malformed` when that cannot be read, when there are
 * several, or when it asks to join one at the same time. @rfc 3891#3
 */
export function replacesOf(headers: Headers): Replaces | "malformed" | undefined {
  const [value, ...more] = headers.values("Replaces");
  if (value === undefined) return headers.has("Replaces") ? "malformed" : undefined;
  if (more.length > 0 || headers.has("Join")) return "malformed";
  return parseReplaces(value) ?? "malformed";
}

/** What is known of the dialog that a Replaces names. */
export interface ReplacedDialog {
  readonly at: "early" | "confirmed" | "ending";
  /** Whether we made its call. */
  readonly isCaller: boolean;
}

/**
 * The status by which an INVITE with Replaces is refused: 481 when it names no dialog or a call that rings here, 603 when the dialog is over, 486
 * when it is answered and only one that rings is wanted; undefined when its place may be taken. @rfc 3891#3
 */
export function replacesRefusal(found: ReplacedDialog | undefined, wanted: Replaces): 481 | 486 | 603 | undefined {
  switch (found?.at) {
    case undefined:
      return 481;
    case "ending":
      return 603;
    case "confirmed":
      return wanted.isEarlyOnly ? 486 : undefined;
    case "early":
      return found.isCaller ? undefined : 481;
  }
}

const isTag = (text: string | null | undefined): text is string => typeof text === "string" && isToken(text);

/** A `word`, or two of them around an `@`. @rfc 3261#25.1 callid */
const isCallId = (text: string): boolean =>
  /^[\w\-.!%*+`'~()<>:\\"/[\]?{}]+(?:@[\w\-.!%*+`'~()<>:\\"/[\]?{}]+)?$/.test(text);
