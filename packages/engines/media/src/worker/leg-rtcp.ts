import type { Instant, Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { ReportBlock, RtcpPacket } from "@cordboard/rtp";
import { middleOf, ntpTimeOf, ntpUnits, parseRtcp, printRtcp, roundTripOf } from "@cordboard/rtp";
import type { LegInput } from "./leg-input.ts";
import type { OutgoingStream } from "./outgoing-stream.ts";

/** The two clocks at one moment. */
export interface Moment {
  readonly monotonic: Millis;
  readonly wall: Instant;
}

const CNAME = 1;

/** What a leg and its peer tell each other about the sound (RFC 3550 §6). */
export class LegRtcp {
  readonly #stream: OutgoingStream;
  readonly #input: LegInput;
  readonly #cname: string;
  #peerReport: { readonly ssrc: number; readonly middle: number; readonly at: Millis } | undefined;
  #roundTrip: Millis | undefined;
  #remoteLossRatio: number | undefined;
  #packetsAtReport = 0;

  /** `cname` tells nothing about us and is the leg's own (RFC 7022). */
  constructor(stream: OutgoingStream, input: LegInput, cname: string) {
    this.#stream = stream;
    this.#input = input;
    this.#cname = cname;
  }

  /** Time to the peer and back; undefined until it has answered a report of ours. */
  get roundTrip(): Millis | undefined {
    return this.#roundTrip;
  }

  /** Share of our packets that the peer has missed, 0 to 1. */
  get remoteLossRatio(): number | undefined {
    return this.#remoteLossRatio;
  }

  /** Takes the peer's datagram; bytes that are no RTCP are passed over. */
  hear(bytes: Uint8Array, { monotonic, wall }: Moment): void {
    const parsed = parseRtcp(bytes);
    if (!parsed.ok) return;
    for (const packet of parsed.value) {
      if (packet.type === "sender-report")
        this.#peerReport = { ssrc: packet.ssrc, middle: middleOf(packet.sentAt), at: monotonic };
      if (packet.type === "sender-report" || packet.type === "receiver-report")
        for (const block of packet.blocks) this.#hearBlock(block, wall);
    }
  }

  #hearBlock(block: ReportBlock, wall: Instant): void {
    if (block.ssrc !== this.#stream.ssrc) return;
    this.#roundTrip = roundTripOf(block, wall) ?? this.#roundTrip;
    if (this.#stream.packets > 0)
      this.#remoteLossRatio = Math.max(0, Math.min(1, block.packetsLost / this.#stream.packets));
  }

  /** Our report: of a sender when we have sent since the one before, else of a receiver. */
  report(moment: Moment): Uint8Array {
    const { ssrc, packets, octets } = this.#stream;
    const blocks = this.#blocks(moment.monotonic);
    const isSender = packets !== this.#packetsAtReport;
    this.#packetsAtReport = packets;
    const report: RtcpPacket = isSender
      ? {
          type: "sender-report",
          ssrc,
          sentAt: ntpTimeOf(moment.wall),
          timestamp: this.#stream.timestampAt(moment.monotonic),
          packetsSent: packets,
          octetsSent: octets,
          blocks,
        }
      : { type: "receiver-report", ssrc, blocks };
    return printRtcp([report, this.#description()]);
  }

  /** Our last word. */
  goodbye(moment: Moment): Uint8Array {
    const { ssrc } = this.#stream;
    return printRtcp([
      { type: "receiver-report", ssrc, blocks: this.#blocks(moment.monotonic) },
      this.#description(),
      { type: "goodbye", ssrcs: [ssrc], reason: undefined },
    ]);
  }

  #description(): RtcpPacket {
    const items = [{ item: CNAME, text: this.#cname }];
    return { type: "source-description", chunks: [{ ssrc: this.#stream.ssrc, items }] };
  }

  #blocks(now: Millis): readonly ReportBlock[] {
    const { ssrc, reception } = this.#input;
    if (ssrc === undefined) return [];
    const { highestSequence, packetsLost, lossSinceLast, jitter } = reception.report();
    const answered = this.#peerReport?.ssrc === ssrc ? this.#peerReport : undefined;
    return [
      {
        ssrc,
        lossFraction: Math.min(255, Math.floor(lossSinceLast * 256)),
        packetsLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, packetsLost)),
        highestSequence,
        jitter: Math.round(jitter),
        lastReport: answered?.middle ?? 0,
        delaySinceLastReport: answered === undefined ? 0 : ntpUnits(ms(now - answered.at)),
      },
    ];
  }
}
