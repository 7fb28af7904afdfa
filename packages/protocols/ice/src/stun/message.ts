import type { Result } from "@cordboard/kernel";
import { ok, refused, sameBytes } from "@cordboard/kernel";
import { crc32 } from "./crc32.ts";

/** What signs and checks messages; the platform brings it, because protocols import nothing of it. */
export interface StunCrypto {
  /** HMAC-SHA1, 20 bytes. */
  hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array;
}

/** Whether a message asks, tells or answers. @rfc 8489#5 */
export type StunClass = "request" | "indication" | "success" | "error";

/** One attribute as it stands on the wire. */
export interface StunAttribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** A message of the one method that ICE uses: Binding. */
export interface StunMessage {
  readonly class: StunClass;
  /** 12 bytes. */
  readonly transaction: Uint8Array;
  /** Those before the signature; what follows it proves nothing and is left out. */
  readonly attributes: readonly StunAttribute[];
}

/** A message as it came. */
export interface ReceivedStun extends StunMessage {
  /** Whether it carries a signature. */
  readonly isSigned: boolean;
  /** Checks the signature with a key; false also when there is none. */
  isSignedWith(key: Uint8Array, crypto: StunCrypto): boolean;
}

/** Why bytes are no message of ours. */
export type StunRefusal = "no-stun" | "not-binding" | "cut" | "wrong-checksum";

/** Numbers of the attributes that ICE knows. @rfc 8489#18.3 @rfc 8445#16.1 */
export const attributeType = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

const HEADER_BYTES = 20;
const MAGIC = 0x2112_a442;
const INTEGRITY_BYTES = 24;
const FINGERPRINT_BYTES = 8;
const FINGERPRINT_XOR = 0x5354_554e;
/** Attributes of one message that are looked at; ICE sends half a dozen. */
const MAX_ATTRIBUTES = 32;

const typeOfClass: Readonly<Record<StunClass, number>> = {
  request: 0x0001,
  indication: 0x0011,
  success: 0x0101,
  error: 0x0111,
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whether a datagram on a port that STUN shares with DTLS and RTP is STUN, by its first byte. @rfc 7983#7 */
export const isStun = (bytes: Uint8Array): boolean => bytes.length >= HEADER_BYTES && (bytes[0] ?? 255) <= 3;

/** Reads a message and its checksum, where it has one. Total: any bytes give an answer. @rfc 8489#5 */
export function parseStun(bytes: Uint8Array): Result<ReceivedStun, StunRefusal> {
  if (!isStun(bytes)) return refused("no-stun");
  const view = viewOf(bytes);
  const length = view.getUint16(2);
  if (view.getUint32(4) !== MAGIC || length % 4 !== 0) return refused("no-stun");
  if (bytes.length !== HEADER_BYTES + length) return refused("cut");
  const type = view.getUint16(0);
  const found = (["request", "indication", "success", "error"] as const).find((each) => typeOfClass[each] === type);
  if (found === undefined) return refused("not-binding");
  const read = readAttributes(bytes);
  if (!read.ok) return read;
  const { attributes, integrityAt } = read.value;
  return ok({
    class: found,
    transaction: bytes.slice(8, HEADER_BYTES),
    attributes,
    isSigned: integrityAt !== undefined,
    isSignedWith: (key, crypto) => integrityAt !== undefined && isSignedWith(bytes, integrityAt, key, crypto),
  });
}

interface ReadAttributes {
  readonly attributes: readonly StunAttribute[];
  readonly integrityAt: number | undefined;
}

function readAttributes(bytes: Uint8Array): Result<ReadAttributes, StunRefusal> {
  const view = viewOf(bytes);
  const attributes: StunAttribute[] = [];
  let integrityAt: number | undefined;
  for (let at = HEADER_BYTES, count = 0; at < bytes.length; count++) {
    if (at + 4 > bytes.length || count >= MAX_ATTRIBUTES) return refused("cut");
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const end = at + 4 + length;
    if (end > bytes.length) return refused("cut");
    if (type === attributeType.fingerprint) {
      if (length !== 4 || view.getUint32(at + 4) !== checksum(bytes.subarray(0, at))) return refused("wrong-checksum");
    } else if (type === attributeType.messageIntegrity && length === 20) integrityAt ??= at;
    else if (integrityAt === undefined) attributes.push({ type, value: bytes.slice(at + 4, end) });
    at = end + ((4 - (length % 4)) % 4);
  }
  return ok({ attributes, integrityAt });
}

/** The signature covers the message up to itself, with a length that counts it. @rfc 8489#14.5 */
function isSignedWith(bytes: Uint8Array, at: number, key: Uint8Array, crypto: StunCrypto): boolean {
  const covered = withLength(bytes.subarray(0, at), at + INTEGRITY_BYTES);
  const expected = crypto.hmacSha1(key, covered);
  return sameBytes(expected, bytes.subarray(at + 4, at + INTEGRITY_BYTES));
}

/** A copy of the message so far whose header counts up to `end`. */
function withLength(bytes: Uint8Array, end: number): Uint8Array {
  const copy = bytes.slice();
  viewOf(copy).setUint16(2, end - HEADER_BYTES);
  return copy;
}

/** @rfc 8489#14.7 */
const checksum = (before: Uint8Array): number =>
  (crc32(withLength(before, before.length + FINGERPRINT_BYTES)) ^ FINGERPRINT_XOR) >>> 0;

/** Prints a message with its checksum, and signed where a key is given. */
export function printStun(
  message: StunMessage,
  signing?: { readonly key: Uint8Array; readonly crypto: StunCrypto },
): Uint8Array {
  let bytes = printHead(message);
  if (signing !== undefined) {
    const signature = signing.crypto.hmacSha1(signing.key, withLength(bytes, bytes.length + INTEGRITY_BYTES));
    bytes = appended(bytes, { type: attributeType.messageIntegrity, value: signature });
  }
  const value = new Uint8Array(4);
  viewOf(value).setUint32(0, checksum(bytes));
  return appended(bytes, { type: attributeType.fingerprint, value });
}

function printHead({ class: kind, transaction, attributes }: StunMessage): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES);
  const view = viewOf(head);
  view.setUint16(0, typeOfClass[kind]);
  view.setUint32(4, MAGIC);
  head.set(transaction.subarray(0, 12), 8);
  return attributes.reduce(appended, head);
}

function appended(bytes: Uint8Array, { type, value }: StunAttribute): Uint8Array {
  const out = new Uint8Array(bytes.length + 4 + 4 * Math.ceil(value.length / 4));
  out.set(bytes);
  const view = viewOf(out);
  view.setUint16(bytes.length, type);
  view.setUint16(bytes.length + 2, value.length);
  out.set(value, bytes.length + 4);
  view.setUint16(2, out.length - HEADER_BYTES);
  return out;
}
