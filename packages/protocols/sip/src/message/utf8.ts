/** The codecs of the host: every JavaScript host has them, but the language's own library does not declare them. */
declare const TextDecoder: new (label: "utf-8", options: { readonly ignoreBOM: true }) => Decoder;
declare const TextEncoder: new () => Encoder;

interface Decoder {
  decode(bytes: Uint8Array): string;
}

interface Encoder {
  encode(text: string): Uint8Array;
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of UTF-8 bytes; each byte sequence that is not UTF-8 becomes U+FFFD. */
export const decodeUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

/** The UTF-8 bytes of a text. */
export const encodeUtf8 = (text: string): Uint8Array => encodeWithTail(text, nothing);

const nothing = new Uint8Array(0);

/** The UTF-8 bytes of a text with more bytes behind them, in one piece of memory. */
export function encodeWithTail(text: string, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length + tail.length);
  // Most heads are ASCII: one byte a character. Writing into memory at hand is several times faster than `encode`.
  const { read, written } = encoder.encodeInto(text, bytes);
  if (read === text.length && written === text.length) {
    if (tail.length > 0) bytes.set(tail, written);
    return bytes;
  }
  const head = encoder.encode(text);
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
