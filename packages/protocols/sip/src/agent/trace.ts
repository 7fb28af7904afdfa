import type { Clock } from "@cordboard/kernel";
import { decodeUtf8 } from "../message/utf8.ts";
import type { Flow } from "./flow.ts";
import type { TraceEntry } from "./types.ts";

/** Credentials in header lines, folded ones included. */
const credentials = /^((?:Proxy-)?Authorization[ \t]*:[ \t]*)[^\r\n]*(?:\r\n[ \t][^\r\n]*)*/gim;

/** Keys of sound in the lines of a description, well written or not, and what its checks are signed with. */
const keys = /^(a=(?:crypto:(?:[0-9]{1,9}[ \t]{1,8}\w{1,64}[ \t]{1,8})?|ice-pwd:)|k=)[^\r\n]*/gim;

/** What may be shown of a message: credentials and keys are masked, and the body of INFO, which may carry a caller's digits. */
function maskedText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes).replace(credentials, "$1***").replace(keys, "$1***");
  const end = text.startsWith("INFO ") ? text.indexOf("\r\n\r\n") : -1;
  return end < 0 || end + 4 === text.length ? text : `${text.slice(0, end + 4)}***`;
}

/** Makes trace entries of bytes; undefined when nobody listens, so that nothing is spent. */
export function tracer(
  trace: ((entry: TraceEntry) => void) | undefined,
  clock: Clock,
  direction: TraceEntry["direction"],
): ((bytes: Uint8Array, flow: Flow) => void) | undefined {
  if (trace === undefined) return undefined;
  return (bytes, flow) => trace({ at: clock.monotonic(), direction, flow, text: maskedText(bytes) });
}
