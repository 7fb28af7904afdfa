/** The codecs of the host: every JavaScript host has them, but the language's own library does not declare them. */
declare const TextDecoder: new (label: "utf-8", options: { readonly ignoreBOM: true }) => Decoder;
declare const TextEncoder: new () => Encoder;

interface Decoder {
  decode(bytes: Uint8Array): string;
}

interface Encoder {
  encode(text: string): Uint8Array;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of UTF-8 bytes; each byte sequence that is not UTF-8 becomes U+FFFD. */
export const decodeUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

/** The UTF-8 bytes of a text. */
export const encodeUtf8 = (text: string): Uint8Array => encoder.encode(text);
