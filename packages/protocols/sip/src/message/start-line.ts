import { find, skipToken, wholeNumberIn } from "./characters.ts";

/** The first line of a message: of a request when `status` is undefined. */
export interface StartLine {
  /** As far as it could be read; empty for a response. */
  readonly method: string;
  readonly uri: string;
  readonly status: number | undefined;
  readonly reason: string;
  readonly fault: StartLineFault | undefined;
}

/** What is wrong with a start line. */
export interface StartLineFault {
  readonly code: "bad-start-line" | "bad-version";
  readonly why: string;
}

const badRequestLine: StartLineFault = { code: "bad-start-line", why: "Malformed request line" };
const badUri: StartLineFault = { code: "bad-start-line", why: "Malformed Request-URI" };
const badVersion: StartLineFault = { code: "bad-version", why: "Version Not Supported" };
const badStatusLine: StartLineFault = { code: "bad-start-line", why: "Malformed status line" };

const SPACE = 32;
const VERSION = " SIP/2.0";

/** Reads the line from `from` to `to` of a text. Blanks are single, and there is none at the end. @rfc 3261#7.1 @rfc 3261#7.2 */
export function readStartLine(text: string, from: number, to: number): StartLine {
  if (text.startsWith("SIP/", from)) return readStatusLine(text, from, to);
  const first = find(text, SPACE, from, to);
  const isOurs = text.startsWith(VERSION, to - VERSION.length);
  const last = isOurs ? to - VERSION.length : text.lastIndexOf(" ", to - 1);
  const method = text.slice(from, first);
  const uri = last > first ? text.slice(first + 1, last) : "";
  const fault = isOurs ? undefined : versionFault(text.slice(last + 1, to));
  const isMethod = first > from && skipToken(text, from, first) === first;
  return { method, uri, status: undefined, reason: "", fault: isMethod ? (fault ?? uriFault(uri)) : badRequestLine };
}

function versionFault(version: string): StartLineFault | undefined {
  if (!/^SIP\/\d+\.\d+$/i.test(version)) return badRequestLine;
  return version.toUpperCase() === "SIP/2.0" ? undefined : badVersion;
}

const uriFault = (uri: string): StartLineFault | undefined =>
  uri === "" || uri.startsWith("<") || uri.includes(" ") ? badUri : undefined;

function readStatusLine(text: string, from: number, to: number): StartLine {
  const end = from + 11;
  const status = wholeNumberIn(text, from + 8, Math.min(end, to), 3);
  const isShaped = text.startsWith("SIP/2.0 ", from) && (to === end || text.charCodeAt(end) === SPACE);
  const isGood = isShaped && status !== undefined && status >= 100 && status <= 699;
  const fault = isGood ? undefined : badStatusLine;
  return { method: "", uri: "", status: status ?? 0, reason: text.slice(end + 1, to), fault };
}
