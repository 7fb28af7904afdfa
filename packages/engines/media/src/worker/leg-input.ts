import type { Codec, NegotiatedMedia } from "@cordboard/core";
import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { DigitsHeard, HeardDigit, RtpFields } from "@cordboard/rtp";
import { hearEvent, hearNothing, noDigitsHeard, parseTelephoneEvent, Reception } from "@cordboard/rtp";
import type { G711Law } from "@cordboard/sound";
import { lawOfRtpName } from "@cordboard/sound";
import { receivedAs } from "./route.ts";

/** What {@link LegInput} keeps for another worker. */
export interface InputCounts {
  readonly packetsReceived: number;
  readonly packetsLost: number;
}

const NONE: readonly HeardDigit[] = [];

/** The stream that a peer sends us: its sources one after the other, what was lost of it, and the digits in it. */
export class LegInput {
  readonly #nextOrigin: () => number;
  #codecs: readonly (Codec | undefined)[] = [];
  #digitsPayload: number | undefined;
  #reception = new Reception();
  #ssrc: number | undefined;
  #origin = 0;
  #earlier: InputCounts;
  #codec: Codec | undefined;
  /** Number and clock of the codec that came last: most packets are like the one before. */
  #codecPayload = -1;
  #clockRateHz = 8000;
  #law: G711Law | undefined;
  #digits: DigitsHeard = noDigitsHeard;

  /** `nextOrigin` numbers the runs of packets that belong together, see {@link OutgoingStream}. */
  constructor(nextOrigin: () => number, earlier: InputCounts) {
    this.#nextOrigin = nextOrigin;
    this.#earlier = earlier;
  }

  agree(media: NegotiatedMedia): void {
    const codecs: (Codec | undefined)[] = Array(128).fill(undefined);
    for (const codec of media.codecs) codecs[receivedAs(codec)] ??= codec;
    this.#codecs = codecs;
    this.#codecPayload = -1;
    this.#digitsPayload = media.digitsReceivedAs ?? media.digitsPayload;
  }

  /** Whether this payload number was agreed on. */
  knows(payload: number): boolean {
    return payload === this.#codecPayload || payload === this.#digitsPayload || this.#codecs[payload] !== undefined;
  }

  isDigits(payload: number): boolean {
    return payload === this.#digitsPayload;
  }

  /** The law of a packet that has just been counted; undefined when it is no G.711. */
  lawOf(payload: number): G711Law | undefined {
    return payload === this.#codecPayload ? this.#law : undefined;
  }

  /** Counts a packet of the peer; a new SSRC begins a new run. */
  receive(fields: Readonly<RtpFields>, now: Millis): void {
    if (fields.ssrc !== this.#ssrc) this.#begin(fields.ssrc);
    const isSound = fields.payload === this.#codecPayload || this.#turnTo(fields.payload);
    const arrival = isSound ? Math.round((now * this.#clockRateHz) / 1000) : undefined;
    this.#reception.receive(fields.sequence, fields.timestamp, arrival);
  }

  /** Another payload number than that of the packet before; false when it is no sound. */
  #turnTo(payload: number): boolean {
    const codec = this.#codecs[payload];
    if (codec === undefined) return false;
    this.#codec = codec;
    this.#codecPayload = payload;
    this.#clockRateHz = codec.clockRateHz;
    this.#law = lawOfRtpName(codec.name);
    return true;
  }

  #begin(ssrc: number): void {
    this.#earlier = this.counts;
    this.#reception = new Reception();
    this.#ssrc = ssrc;
    this.#origin = this.#nextOrigin();
    this.#digits = noDigitsHeard;
  }

  /** Takes an event packet's payload; the digits that are over by it. */
  hearDigits(fields: Readonly<RtpFields>, packet: Uint8Array, now: Millis): readonly HeardDigit[] {
    const event = parseTelephoneEvent(packet.subarray(fields.start, fields.end));
    if (event === undefined) return [];
    const [digits, over] = hearEvent(this.#digits, { timestamp: fields.timestamp, event, at: now });
    this.#digits = digits;
    return over;
  }

  /** Time passes: the digits whose end never came. */
  lookForLostEnds(now: Millis): readonly HeardDigit[] {
    if (this.#digits.current === undefined) return NONE;
    const [digits, over] = hearNothing(this.#digits, now);
    this.#digits = digits;
    return over;
  }

  /** The run of packets that belong together, for {@link OutgoingStream}. */
  get origin(): number {
    return this.#origin;
  }

  /** The source under way; undefined before the first packet. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  get reception(): Reception {
    return this.#reception;
  }

  /** The codec that came last. */
  get codec(): Codec | undefined {
    return this.#codec;
  }

  get jitter(): Millis {
    return ms((this.#reception.jitter * 1000) / (this.#codec?.clockRateHz ?? 8000));
  }

  get counts(): InputCounts {
    return {
      packetsReceived: this.#earlier.packetsReceived + this.#reception.packetsReceived,
      packetsLost: this.#earlier.packetsLost + this.#reception.packetsLost,
    };
  }
}
