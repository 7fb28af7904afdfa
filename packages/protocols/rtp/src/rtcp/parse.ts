import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { uint16At, uint32At } from "../packet.ts";
import type { Goodbye, ReceiverReport, ReportBlock, RtcpPacket, SenderReport, SourceDescription } from "./types.ts";
import { rtcpTypes } from "./types.ts";

/** Why bytes are no RTCP compound. */
export type RtcpRefusal = "too-short" | "wrong-version" | "cut" | "bad-padding" | "bad-content" | "too-many";

/** More packets than this in one datagram are refused; a compound of one source has two or three. */
const MAX_PACKETS = 32;
const BLOCK_BYTES = 24;

/**
 * Reads a datagram of one or more RTCP packets. Total. Reduced-size ones, which do not begin with a report, are taken too.
 * @rfc 3550#6.1
 * @rfc 5506#4.1
 */
export function parseRtcp(bytes: Uint8Array): Result<readonly RtcpPacket[], RtcpRefusal> {
  const packets: RtcpPacket[] = [];
  let at = 0;
  do {
    if (bytes.length - at < 4) return refused(at === 0 ? "too-short" : "cut");
    if ((bytes[at] ?? 0) >> 6 !== 2) return refused("wrong-version");
    const end = at + 4 + 4 * uint16At(bytes, at + 2);
    if (end > bytes.length) return refused("cut");
    if (packets.length === MAX_PACKETS) return refused("too-many");
    const packet = withoutPadding(bytes.subarray(at, end), end === bytes.length);
    if (packet === undefined) return refused("bad-padding");
    const parsed = parseOne(packet);
    if (parsed === undefined) return refused("bad-content");
    packets.push(parsed);
    at = end;
  } while (at < bytes.length);
  return ok(packets);
}

/** The packet without its padding, which only the last one of a datagram may have; undefined when that is wrong. */
function withoutPadding(packet: Uint8Array, isLast: boolean): Uint8Array | undefined {
  if (((packet[0] ?? 0) & 0x20) === 0) return packet;
  const padding = packet[packet.length - 1] ?? 0;
  const isValid = isLast && padding > 0 && padding % 4 === 0 && padding <= packet.length - 4;
  return isValid ? packet.subarray(0, packet.length - padding) : undefined;
}

function parseOne(packet: Uint8Array): RtcpPacket | undefined {
  const packetType = packet[1] ?? 0;
  switch (packetType) {
    case rtcpTypes.senderReport:
      return parseSenderReport(packet);
    case rtcpTypes.receiverReport:
      return parseReceiverReport(packet);
    case rtcpTypes.sourceDescription:
      return parseSourceDescription(packet);
    case rtcpTypes.goodbye:
      return parseGoodbye(packet);
    default:
      return { type: "other", packetType, bytes: packet };
  }
}

/** Number of blocks, chunks or sources that the header announces. */
const countOf = (packet: Uint8Array): number => (packet[0] ?? 0) & 31;

function parseBlocks(packet: Uint8Array, at: number): readonly ReportBlock[] | undefined {
  const count = countOf(packet);
  if (at + count * BLOCK_BYTES > packet.length) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const block = at + i * BLOCK_BYTES;
    const loss = uint32At(packet, block + 4);
    return {
      ssrc: uint32At(packet, block),
      lossFraction: loss >>> 24,
      packetsLost: (loss << 8) >> 8,
      highestSequence: uint32At(packet, block + 8),
      jitter: uint32At(packet, block + 12),
      lastReport: uint32At(packet, block + 16),
      delaySinceLastReport: uint32At(packet, block + 20),
    };
  });
}

function parseSenderReport(packet: Uint8Array): SenderReport | undefined {
  const blocks = packet.length < 28 ? undefined : parseBlocks(packet, 28);
  if (blocks === undefined) return undefined;
  return {
    type: "sender-report",
    ssrc: uint32At(packet, 4),
    sentAt: { seconds: uint32At(packet, 8), fraction: uint32At(packet, 12) },
    timestamp: uint32At(packet, 16),
    packetsSent: uint32At(packet, 20),
    octetsSent: uint32At(packet, 24),
    blocks,
  };
}

function parseReceiverReport(packet: Uint8Array): ReceiverReport | undefined {
  const blocks = packet.length < 8 ? undefined : parseBlocks(packet, 8);
  return blocks && { type: "receiver-report", ssrc: uint32At(packet, 4), blocks };
}

function parseSourceDescription(packet: Uint8Array): SourceDescription | undefined {
  const chunks: SourceDescription["chunks"][number][] = [];
  let at = 4;
  for (let i = countOf(packet); i > 0; i--) {
    if (at + 4 > packet.length) return undefined;
    const ssrc = uint32At(packet, at);
    const items: { item: number; text: string }[] = [];
    at += 4;
    for (let item = packet[at]; item !== 0; item = packet[at]) {
      const length = packet[at + 1];
      if (item === undefined || length === undefined || at + 2 + length > packet.length) return undefined;
      items.push({ item, text: textOf(packet, at + 2, at + 2 + length) });
      at += 2 + length;
    }
    // The null byte that ends the list, and then on to the next whole word.
    at += 4 - (at % 4);
    chunks.push({ ssrc, items });
  }
  return { type: "source-description", chunks };
}

function parseGoodbye(packet: Uint8Array): Goodbye | undefined {
  const count = countOf(packet);
  const afterSources = 4 + 4 * count;
  if (afterSources > packet.length) return undefined;
  const ssrcs = Array.from({ length: count }, (_, i) => uint32At(packet, 4 + 4 * i));
  const length = packet[afterSources];
  if (length === undefined) return { type: "goodbye", ssrcs, reason: undefined };
  const end = afterSources + 1 + length;
  return end > packet.length ? undefined : { type: "goodbye", ssrcs, reason: textOf(packet, afterSources + 1, end) };
}

/** Bytes as text, one character a byte. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}
