import { unreachable } from "@cordboard/kernel";
import { setUint32 } from "../packet.ts";
import type { ReportBlock, RtcpPacket, SourceDescription } from "./types.ts";
import { rtcpTypes } from "./types.ts";

/** Most blocks, chunks or sources in one packet: what five bits can count. What is over is left out. */
const MAX_COUNT = 31;

/** Prints packets one after the other into one datagram; the caller puts a report first. Numbers keep their low bits. */
export function printRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const printed = packets.map(printOne);
  const datagram = new Uint8Array(printed.reduce((sum, packet) => sum + packet.length, 0));
  let at = 0;
  for (const packet of printed) {
    datagram.set(packet, at);
    at += packet.length;
  }
  return datagram;
}

function printOne(packet: RtcpPacket): Uint8Array {
  switch (packet.type) {
    case "sender-report": {
      const { ssrc, sentAt, timestamp, packetsSent, octetsSent } = packet;
      const blocks = packet.blocks.slice(0, MAX_COUNT);
      const words = [ssrc, sentAt.seconds, sentAt.fraction, timestamp, packetsSent, octetsSent];
      return wordsPacket(rtcpTypes.senderReport, blocks.length, [...words, ...blocks.flatMap(blockWords)]);
    }
    case "receiver-report": {
      const blocks = packet.blocks.slice(0, MAX_COUNT);
      return wordsPacket(rtcpTypes.receiverReport, blocks.length, [packet.ssrc, ...blocks.flatMap(blockWords)]);
    }
    case "source-description":
      return printSourceDescription(packet);
    case "goodbye": {
      const ssrcs = packet.ssrcs.slice(0, MAX_COUNT);
      const head = wordsPacket(rtcpTypes.goodbye, ssrcs.length, ssrcs);
      return packet.reason === undefined ? head : withBytes(head, lengthAndText(packet.reason));
    }
    case "other":
      return packet.bytes;
    default:
      return unreachable(packet);
  }
}

function blockWords(block: ReportBlock): readonly number[] {
  return [
    block.ssrc,
    ((block.lossFraction & 0xff) << 24) | (block.packetsLost & 0xff_ffff),
    block.highestSequence,
    block.jitter,
    block.lastReport,
    block.delaySinceLastReport,
  ];
}

function wordsPacket(packetType: number, count: number, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * words.length);
  setUint32(bytes, 0, (0x8000_0000 | (count << 24) | (packetType << 16) | words.length) >>> 0);
  for (const [i, word] of words.entries()) setUint32(bytes, 4 + 4 * i, word);
  return bytes;
}

/** `head` with `tail` after it, filled up to a whole word, its length word set anew. */
function withBytes(head: Uint8Array, tail: readonly number[]): Uint8Array {
  const bytes = new Uint8Array((head.length + tail.length + 3) & ~3);
  bytes.set(head);
  bytes.set(tail, head.length);
  const words = bytes.length / 4 - 1;
  bytes[2] = words >> 8;
  bytes[3] = words;
  return bytes;
}

function lengthAndText(text: string): readonly number[] {
  const bytes = Array.from(text.slice(0, 255), (_, i) => text.charCodeAt(i) & 0xff);
  return [bytes.length, ...bytes];
}

function printSourceDescription(packet: SourceDescription): Uint8Array {
  const chunks = packet.chunks.slice(0, MAX_COUNT);
  const bytes = chunks.flatMap(({ ssrc, items }) => {
    const chunk = [ssrc >>> 24, ssrc >>> 16, ssrc >>> 8, ssrc].map((byte) => byte & 0xff);
    for (const { item, text } of items) if (item > 0) chunk.push(item & 0xff, ...lengthAndText(text));
    do chunk.push(0);
    while (chunk.length % 4 !== 0);
    return chunk;
  });
  return withBytes(wordsPacket(rtcpTypes.sourceDescription, chunks.length, []), bytes);
}
