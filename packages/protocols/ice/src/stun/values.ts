import type { Endpoint } from "../address.ts";
import { addressBytes, addressText } from "../address.ts";
import type { StunAttribute, StunMessage } from "./message.ts";
import { attributeType } from "./message.ts";

const MAGIC_BYTES = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);

/** The value of the first attribute of a type. */
export const attributeValue = ({ attributes }: StunMessage, type: number): Uint8Array | undefined =>
  attributes.find((each) => each.type === type)?.value;

/** The `USERNAME` of a message as text; undefined without one. */
export function usernameOf(message: StunMessage): string | undefined {
  const value = attributeValue(message, attributeType.username);
  // Fragments are of letters and digits; what is not matches nothing.
  return value === undefined || value.length > 513 ? undefined : String.fromCharCode(...value);
}

/** A number of 32 bits; undefined when the attribute is missing or of another length. */
export function numberOf(message: StunMessage, type: number): number | undefined {
  const value = attributeValue(message, type);
  return value?.length === 4 ? new DataView(value.buffer, value.byteOffset).getUint32(0) : undefined;
}

/** The number of an error, 300 to 699; undefined when there is none. @rfc 8489#14.8 */
export function errorOf(message: StunMessage): number | undefined {
  const value = attributeValue(message, attributeType.errorCode);
  if (value === undefined || value.length < 4) return undefined;
  return ((value[2] ?? 0) & 7) * 100 + Math.min(99, value[3] ?? 0);
}

/** An attribute of text; ASCII only. */
export const textAttribute = (type: number, text: string): StunAttribute => ({
  type,
  value: Uint8Array.from(text, (character) => character.charCodeAt(0)),
});

/** An attribute of one number of 32 bits. */
export function numberAttribute(type: number, number: number): StunAttribute {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, number);
  return { type, value };
}

/** The attribute that says what went wrong. */
export const errorAttribute = (code: number): StunAttribute => ({
  type: attributeType.errorCode,
  value: Uint8Array.of(0, 0, Math.floor(code / 100), code % 100),
});

/** An address hidden from routers that rewrite whatever looks like one; undefined for what is no address. @rfc 8489#14.2 */
export function mappedAddress({ address, port }: Endpoint, transaction: Uint8Array): StunAttribute | undefined {
  const bytes = addressBytes(address);
  if (bytes === undefined) return undefined;
  const mask = maskOf(transaction);
  const value = new Uint8Array(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value[2] = (port >> 8) ^ (mask[0] ?? 0);
  value[3] = (port & 255) ^ (mask[1] ?? 0);
  for (const [i, byte] of bytes.entries()) value[4 + i] = byte ^ (mask[i] ?? 0);
  return { type: attributeType.xorMappedAddress, value };
}

/** Where the other side saw our request come from. */
export function mappedAddressOf(message: StunMessage): Endpoint | undefined {
  const value = attributeValue(message, attributeType.xorMappedAddress);
  const length = value?.[1] === 1 ? 4 : value?.[1] === 2 ? 16 : 0;
  if (value === undefined || length === 0 || value.length !== 4 + length) return undefined;
  const mask = maskOf(message.transaction);
  const port = (((value[2] ?? 0) ^ (mask[0] ?? 0)) << 8) | ((value[3] ?? 0) ^ (mask[1] ?? 0));
  return { address: addressText(value.slice(4).map((byte, i) => byte ^ (mask[i] ?? 0))), port };
}

const maskOf = (transaction: Uint8Array): Uint8Array => Uint8Array.of(...MAGIC_BYTES, ...transaction);
