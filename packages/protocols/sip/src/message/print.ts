import type { SipMessage } from "./message.ts";
import { decodeUtf8, encodeUtf8, encodeWithTail } from "./utf8.ts";

/**
 * The bytes of a message: header fields as they are, in their order; Content-Length is set to what the body has, in its
 * place or at the end. @rfc 3261#7
 */
export function printMessage(message: SipMessage): Uint8Array {
  return encodeWithTail(printHead(message), message.body);
}

/** Start line and header section with the empty line that ends it. */
function printHead(message: SipMessage): string {
  const { body, headers } = message;
  const start =
    message.type === "request"
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  return `${start}\r\n${headers.print(body.length)}\r\n`;
}

/** The body read as UTF-8. */
export const bodyText = (message: { readonly body: Uint8Array }): string => decodeUtf8(message.body);

/** The bytes of a body handed over as text or bytes. */
export const bodyBytes = (body: string | Uint8Array | undefined): Uint8Array =>
  body === undefined ? empty : typeof body === "string" ? encodeUtf8(body) : body;

const empty = new Uint8Array(0);
