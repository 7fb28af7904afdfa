import { joined } from "@cordboard/kernel";
import { number } from "./bytes.ts";
import type { DtlsCrypto } from "./crypto.ts";
import type { WriteKeys } from "./secrets.ts";

/** What a record carries. @rfc 6347#4.1 */
export const contentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** One record as it stands in a datagram. */
export interface DtlsRecord {
  readonly type: number;
  /** 0 in the clear, 1 under the keys of the handshake. */
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  readonly body: Uint8Array;
}

/** DTLS 1.2 on the wire. */
export const VERSION = 0xfefd;
const HEADER_BYTES = 13;
const NONCE_BYTES = 8;
const TAG_BYTES = 16;
/** Longest body of a record. @rfc 6347#4.1 */
const MAX_BODY = 16_384 + 256;
const MAX_RECORDS = 32;

/** Whether a datagram on a port that DTLS shares with STUN and RTP is DTLS, by its first byte. @rfc 7983#7 */
export const isDtls = (bytes: Uint8Array): boolean => (bytes[0] ?? 0) >= 20 && (bytes[0] ?? 0) <= 63;

/** The records of a datagram, as far as they are whole; what is none is passed over in silence. @rfc 6347#4.1.2.7 */
export function parseRecords(bytes: Uint8Array): readonly DtlsRecord[] {
  const records: DtlsRecord[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length && records.length < MAX_RECORDS) {
    const length = view.getUint16(at + 11);
    const end = at + HEADER_BYTES + length;
    // DTLS 1.0 stands in the first hello of some, whatever they speak.
    if (view.getUint8(at + 1) !== 0xfe || length > MAX_BODY || end > bytes.length) break;
    const sequence = view.getUint16(at + 5) * 2 ** 32 + view.getUint32(at + 7);
    const body = bytes.slice(at + HEADER_BYTES, end);
    records.push({ type: view.getUint8(at), epoch: view.getUint16(at + 3), sequence, body });
    at = end;
  }
  return records;
}

/** A record as it goes out. */
export const printRecord = ({ type, epoch, sequence, body }: DtlsRecord): Uint8Array =>
  joined(headOf({ type, epoch, sequence }, body.length), body);

const headOf = ({ type, epoch, sequence }: Omit<DtlsRecord, "body">, length: number): Uint8Array =>
  joined(number(type, 1), number(VERSION, 2), number(epoch, 2), number(sequence, 6), number(length, 2));

/** What a record's tag covers beside its body. @rfc 5246#6.2.3.3 */
const knownOf = ({ type, epoch, sequence }: DtlsRecord, length: number): Uint8Array =>
  joined(number(epoch, 2), number(sequence, 6), number(type, 1), number(VERSION, 2), number(length, 2));

/** A record with its body sealed. @rfc 5288#3 */
export function sealRecord(crypto: DtlsCrypto, { key, salt }: WriteKeys, record: DtlsRecord): DtlsRecord {
  const explicit = joined(number(record.epoch, 2), number(record.sequence, 6));
  const known = knownOf(record, record.body.length);
  return { ...record, body: joined(explicit, crypto.seal(key, joined(salt, explicit), known, record.body)) };
}

/** A record with its body opened; undefined when it is not what the owner of the keys has sealed. */
export function openRecord(crypto: DtlsCrypto, { key, salt }: WriteKeys, record: DtlsRecord): DtlsRecord | undefined {
  const length = record.body.length - NONCE_BYTES - TAG_BYTES;
  if (length < 0) return undefined;
  const nonce = joined(salt, record.body.subarray(0, NONCE_BYTES));
  const body = crypto.open(key, nonce, knownOf(record, length), record.body.subarray(NONCE_BYTES));
  return body === undefined ? undefined : { ...record, body };
}
