import { crc32 } from "node:zlib";
import type { Endpoint } from "../agent/flow.ts";
import { addressBytes } from "./source.ts";

const HEADER = 20;
const COOKIE = 0x2112_a442;
/** Nobody who only wants to keep a binding alive has more to say. */
const LONGEST = 548;

const method = { bindingRequest: 0x0001, success: 0x0101, error: 0x0111 } as const;
const attribute = { errorCode: 0x0009, unknown: 0x000a, xorMapped: 0x0020, fingerprint: 0x8028 } as const;

/**
 * Attributes that must be understood, and are, though nothing follows from them: those of addresses and of credentials,
 * which keep-alives go without.
 */
const understood: ReadonlySet<number> = new Set([0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x0020]);
const FINGERPRINT_XOR = 0x5354_554e;
/** How many attributes that we do not understand are named in return, so that the answer stays small. */
const MOST_NAMED = 4;

/** What a binding request says. */
interface BindingRequest {
  /** Magic cookie and transaction id, which the answer repeats. */
  readonly id: Uint8Array;
  readonly unknown: readonly number[];
  readonly hasFingerprint: boolean;
}

/** Whether a datagram is STUN's, not SIP's: SIP begins with a letter. @rfc 5389#6 */
export const isStun = (datagram: Uint8Array): boolean =>
  datagram.length >= HEADER && (datagram[0] ?? 0) < 0x40 && viewOf(datagram).getUint32(4) === COOKIE;

/**
 * The answer to a binding request by which a phone keeps its way to us open: the address that it comes from. Undefined for
 * whatever is not a whole request of that kind. It is at most 32 bytes longer than the question, so that nobody gains by
 * asking in another's name. @rfc 5626#8 @rfc 5389#7.3
 */
export function answerBinding(datagram: Uint8Array, source: Endpoint): Uint8Array | undefined {
  const request = readBinding(datagram);
  if (request === undefined) return undefined;
  const { unknown, hasFingerprint, id } = request;
  const attributes = unknown.length === 0 ? [xorMapped(source, id)] : [unknownAttribute, namesOf(unknown)];
  const type = unknown.length === 0 ? method.success : method.error;
  return print({ type, id, attributes }, hasFingerprint);
}

function readBinding(datagram: Uint8Array): BindingRequest | undefined {
  if (!isStun(datagram) || datagram.length > LONGEST) return undefined;
  const view = viewOf(datagram);
  const isWhole = view.getUint16(2) === datagram.length - HEADER && datagram.length % 4 === 0;
  if (view.getUint16(0) !== method.bindingRequest || !isWhole) return undefined;
  const unknown: number[] = [];
  for (let at = HEADER; at < datagram.length; ) {
    if (at + 4 > datagram.length) return undefined;
    const [type, length] = [view.getUint16(at), view.getUint16(at + 2)];
    const next = at + 4 + Math.ceil(length / 4) * 4;
    if (next > datagram.length) return undefined;
    if (type === attribute.fingerprint) {
      // It covers all that is before it, and is the last.
      const isRight = length === 4 && next === datagram.length && view.getUint32(at + 4) === fingerprint(datagram, at);
      return isRight ? { id: datagram.subarray(4, HEADER), unknown, hasFingerprint: true } : undefined;
    }
    if (type < 0x8000 && !understood.has(type)) unknown.push(type);
    at = next;
  }
  return { id: datagram.subarray(4, HEADER), unknown, hasFingerprint: false };
}

interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** 420, without a phrase. @rfc 5389#15.6 */
const unknownAttribute: Attribute = { type: attribute.errorCode, value: new Uint8Array([0, 0, 4, 20]) };

const namesOf = (types: readonly number[]): Attribute => ({
  type: attribute.unknown,
  value: new Uint8Array(types.slice(0, MOST_NAMED).flatMap((type) => [type >> 8, type & 0xff])),
});

/** Address and port, mixed with the cookie and the transaction so that no gateway rewrites them. @rfc 5389#15.2 */
function xorMapped({ address, port }: Endpoint, id: Uint8Array): Attribute {
  const numbers = addressBytes(address);
  const value = new Uint8Array(4 + numbers.length);
  value[1] = numbers.length === 4 ? 1 : 2;
  viewOf(value).setUint16(2, port ^ (COOKIE >>> 16));
  numbers.forEach((byte, index) => {
    value[4 + index] = byte ^ (id[index] ?? 0);
  });
  return { type: attribute.xorMapped, value };
}

function print(
  {
    type,
    id,
    attributes,
  }: { readonly type: number; readonly id: Uint8Array; readonly attributes: readonly Attribute[] },
  hasFingerprint: boolean,
): Uint8Array {
  const sizes = attributes.map(({ value }) => 4 + Math.ceil(value.length / 4) * 4);
  const end = sizes.reduce((sum, size) => sum + size, HEADER);
  const bytes = new Uint8Array(end + (hasFingerprint ? 8 : 0));
  const view = viewOf(bytes);
  view.setUint16(0, type);
  view.setUint16(2, bytes.length - HEADER);
  bytes.set(id, 4);
  let at = HEADER;
  attributes.forEach(({ type: name, value }, index) => {
    view.setUint16(at, name);
    view.setUint16(at + 2, value.length);
    bytes.set(value, at + 4);
    at += sizes[index] ?? 0;
  });
  if (hasFingerprint) {
    view.setUint16(at, attribute.fingerprint);
    view.setUint16(at + 2, 4);
    view.setUint32(at + 4, fingerprint(bytes, at));
  }
  return bytes;
}

/** CRC-32 of what comes before it. @rfc 5389#15.5 */
function fingerprint(bytes: Uint8Array, end: number): number {
  return (crc32(bytes.subarray(0, end)) ^ FINGERPRINT_XOR) >>> 0;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
