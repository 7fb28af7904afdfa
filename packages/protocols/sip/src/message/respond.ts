import type { HeaderField, HeaderList } from "./header-field.ts";
import { headerKey } from "./header-names.ts";
import { Headers } from "./headers.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { bodyBytes } from "./print.ts";
import { reasonPhrase } from "./reason-phrases.ts";

/** What goes into a response beside what it takes from its request. */
export interface ResponseParts {
  readonly reason?: string;
  /** Our tag for To; left out for 100 and when To has one. */
  readonly toTag?: string;
  readonly headers?: HeaderList;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
}

/**
 * A response to a request: Via, From, To (with our tag), Call-ID and CSeq as the request has them, Record-Route too
 * when it can make a dialog. What the request lacks the response lacks too. @rfc 3261#8.2.6
 */
export function respondTo(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const { headers } = request;
  const fields: HeaderField[] = [];
  for (const via of headers.all("Via")) fields.push(["Via", via]);
  if (status > 100 && status < 300 && request.method !== "REGISTER") {
    for (const route of headers.all("Record-Route")) fields.push(["Record-Route", route]);
  }
  const from = headers.get("From");
  const to = headers.get("To");
  if (from !== undefined) fields.push(["From", from]);
  if (to !== undefined) {
    fields.push(["To", parts.toTag === undefined || headers.toTag !== undefined ? to : `${to};tag=${parts.toTag}`]);
  }
  for (const name of ["Call-ID", "CSeq"]) {
    const value = headers.get(name);
    if (value !== undefined) fields.push([name, value]);
  }
  if (parts.headers !== undefined) for (const field of parts.headers) if (!isOwned(field[0])) fields.push(field);
  const body = bodyBytes(parts.body);
  if (body.length > 0) fields.push(["Content-Type", parts.contentType ?? "application/sdp"]);
  fields.push(["Content-Length", String(body.length)]);
  const reason = parts.reason === undefined ? reasonPhrase(status) : parts.reason.replace(/[\r\n]/g, " ");
  return { type: "response", status, reason, headers: Headers.of(fields), body };
}

/** Headers that the stack writes by itself. */
const owned: ReadonlySet<string> = new Set([
  "via",
  "from",
  "to",
  "call-id",
  "cseq",
  "content-length",
  "content-type",
  "max-forwards",
]);

/** Whether the stack writes this header by itself, so that callers' values for it are left out. */
export const isOwned = (name: string): boolean => owned.has(headerKey(name));
