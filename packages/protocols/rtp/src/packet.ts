import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";

/** Bytes of an RTP header without sources and extension. */
export const RTP_HEADER_BYTES = 12;

/**
 * The fields of an RTP header that a relay reads and rewrites, and where the payload lies. One such object is filled again for
 * each packet ({@link readRtp}), so that the hot path makes no garbage; copy what must outlive the next packet.
 */
export interface RtpFields {
  marker: boolean;
  /** Payload type, 0 to 127. */
  payload: number;
  /** 16 bits. */
  sequence: number;
  /** 32 bits, unsigned, in units of the codec's clock. */
  timestamp: number;
  /** 32 bits, unsigned. */
  ssrc: number;
  /** First byte of the payload in the packet. */
  start: number;
  /** First byte after the payload; less than the packet's length when there is padding. */
  end: number;
}

/** A whole RTP packet as data. */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payload: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** Contributing sources, at most 15. */
  readonly csrcs: readonly number[];
  /** Header extension: a 16-bit profile word and whole 32-bit words of data. */
  readonly extension: { readonly profile: number; readonly data: Uint8Array } | undefined;
  readonly body: Uint8Array;
  /** Padding at the end, its count byte included: 0 (none) to 255. */
  readonly paddingBytes: number;
}

/** Why bytes are no RTP packet. */
export type RtpRefusal = "too-short" | "wrong-version" | "sources-cut" | "extension-cut" | "bad-padding";

/** An empty set of fields, to be filled by {@link readRtp}. */
export function rtpFields(): RtpFields {
  return { marker: false, payload: 0, sequence: 0, timestamp: 0, ssrc: 0, start: 0, end: 0 };
}

/** First byte of the payload: header, sources and extension are before it. A refusal for what is no RTP. */
export function payloadStart(bytes: Uint8Array): number | RtpRefusal {
  const first = bytes[0] ?? 0;
  if (bytes.length < RTP_HEADER_BYTES) return "too-short";
  if (first >> 6 !== 2) return "wrong-version";
  const afterSources = RTP_HEADER_BYTES + 4 * (first & 15);
  if (afterSources > bytes.length) return "sources-cut";
  if ((first & 0x10) === 0) return afterSources;
  if (afterSources + 4 > bytes.length) return "extension-cut";
  const start = afterSources + 4 + 4 * uint16At(bytes, afterSources + 2);
  return start > bytes.length ? "extension-cut" : start;
}

/**
 * Reads a packet's header into `into`, without copying anything; false (and `into` is of no use) when it is not RTP.
 * Total: any bytes give an answer.
 * @rfc 3550#5.1
 */
export function readRtp(bytes: Uint8Array, into: RtpFields): boolean {
  return fillRtp(bytes, into) === undefined;
}

function fillRtp(bytes: Uint8Array, into: RtpFields): RtpRefusal | undefined {
  const start = payloadStart(bytes);
  if (typeof start !== "number") return start;
  let end = bytes.length;
  if (((bytes[0] ?? 0) & 0x20) !== 0) {
    const padding = bytes[end - 1] ?? 0;
    if (padding === 0 || padding > end - start) return "bad-padding";
    end -= padding;
  }
  const second = bytes[1] ?? 0;
  into.marker = (second & 0x80) !== 0;
  into.payload = second & 0x7f;
  into.sequence = uint16At(bytes, 2);
  into.timestamp = uint32At(bytes, 4);
  into.ssrc = uint32At(bytes, 8);
  into.start = start;
  into.end = end;
  return undefined;
}

/** Writes marker, payload type, sequence, timestamp and SSRC into the header of a packet of at least 12 bytes; the rest stays. */
export function rewriteRtp(bytes: Uint8Array, fields: Readonly<RtpFields>): void {
  bytes[1] = (fields.marker ? 0x80 : 0) | (fields.payload & 0x7f);
  bytes[2] = fields.sequence >> 8;
  bytes[3] = fields.sequence;
  setUint32(bytes, 4, fields.timestamp);
  setUint32(bytes, 8, fields.ssrc);
}

/** Reads a whole packet; `body` and the extension's data are views into `bytes`. Total. */
export function parseRtp(bytes: Uint8Array): Result<RtpPacket, RtpRefusal> {
  const fields = rtpFields();
  const refusal = fillRtp(bytes, fields);
  if (refusal !== undefined) return refused(refusal);
  const first = bytes[0] ?? 0;
  const sources = first & 15;
  const afterSources = RTP_HEADER_BYTES + 4 * sources;
  return ok({
    marker: fields.marker,
    payload: fields.payload,
    sequence: fields.sequence,
    timestamp: fields.timestamp,
    ssrc: fields.ssrc,
    csrcs: Array.from({ length: sources }, (_, i) => uint32At(bytes, RTP_HEADER_BYTES + 4 * i)),
    extension:
      (first & 0x10) === 0
        ? undefined
        : { profile: uint16At(bytes, afterSources), data: bytes.subarray(afterSources + 4, fields.start) },
    body: bytes.subarray(fields.start, fields.end),
    paddingBytes: bytes.length - fields.end,
  });
}

/**
 * Prints a packet. What does not fit the wire is brought to fit: numbers keep their low bits, sources end after 15, an extension's data
 * after its last whole word.
 */
export function printRtp(packet: RtpPacket): Uint8Array {
  const { extension, body } = packet;
  const csrcs = packet.csrcs.slice(0, 15);
  const words = extension === undefined ? 0 : Math.min(0xffff, extension.data.length >> 2);
  const padding = Math.max(0, Math.min(255, packet.paddingBytes));
  const afterSources = RTP_HEADER_BYTES + 4 * csrcs.length;
  const start = afterSources + (extension === undefined ? 0 : 4 + 4 * words);
  const bytes = new Uint8Array(start + body.length + padding);
  bytes[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs.length;
  rewriteRtp(bytes, { ...packet, start, end: start + body.length });
  for (const [i, csrc] of csrcs.entries()) setUint32(bytes, RTP_HEADER_BYTES + 4 * i, csrc);
  if (extension !== undefined) {
    setUint32(bytes, afterSources, ((extension.profile << 16) | words) >>> 0);
    bytes.set(extension.data.subarray(0, 4 * words), afterSources + 4);
  }
  bytes.set(body, start);
  if (padding > 0) bytes[bytes.length - 1] = padding;
  return bytes;
}

/** Prints a plain packet: no sources, no extension, no padding. What senders of sound need. */
export function printPlainRtp(
  header: Pick<RtpPacket, "marker" | "payload" | "sequence" | "timestamp" | "ssrc">,
  body: Uint8Array,
): Uint8Array {
  return printRtp({ ...header, csrcs: [], extension: undefined, body, paddingBytes: 0 });
}

/**
 * Whether a datagram on a port that RTP and RTCP share is RTCP, by its second byte.
 * @rfc 5761#4
 */
export function isRtcp(bytes: Uint8Array): boolean {
  const second = bytes[1] ?? 0;
  return second >= 192 && second <= 223;
}

/** 16 bits, highest byte first; bytes past the end count as 0. */
export function uint16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** 32 bits unsigned, highest byte first; bytes past the end count as 0. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return ((uint16At(bytes, at) << 16) | uint16At(bytes, at + 2)) >>> 0;
}

/** Writes 32 bits, highest byte first. */
export function setUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
