import { headerKey } from "./header-names.ts";
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
  let text =
    message.type === "request"
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  let hasLength = false;
  for (const [name, value] of message.headers.fields()) {
    if (name.length <= 14 && headerKey(name) === "content-length") {
      if (!hasLength) text += `${name}: ${message.body.length}\r\n`;
      hasLength = true;
    } else text += `${name}: ${value}\r\n`;
  }
  return hasLength ? `${text}\r\n` : `${text}Content-Length: ${message.body.length}\r\n\r\n`;
}

/** The body read as UTF-8. */
export const bodyText = (message: { readonly body: Uint8Array }): string => decodeUtf8(message.body);

/** The bytes of a body handed over as text or bytes. */
export const bodyBytes = (body: string | Uint8Array | undefined): Uint8Array =>
  body === undefined ? empty : typeof body === "string" ? encodeUtf8(body) : body;

const empty = new Uint8Array(0);
