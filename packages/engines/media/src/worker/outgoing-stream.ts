import type { Millis, Random } from "@cordboard/kernel";
import type { RtpFields } from "@cordboard/rtp";
import { sequenceAfter, sequenceDistance, timestampAfter } from "@cordboard/rtp";

/** A jump of more than this within one origin is an origin that has started again. */
const MAX_JUMP = 3000;
/** Length of a packet where nothing else is known: 20 ms. */
const PACKET_MS = 20;

/** An outgoing stream's place in its sequence, for another worker to go on from. */
export interface OutgoingSnapshot {
  readonly ssrc: number;
  readonly sequence: number;
  /** What the timestamp is now. */
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/**
 * The one RTP stream that a peer gets from us, whatever it is made of: a tone, then another leg, then a file. Each of these is an
 * *origin* with sequence numbers and timestamps of its own. A change of origin goes on with the next sequence number, with the
 * timestamp that time has reached, and with the marker bit set; within an origin, gaps and swaps stay as they came,
 * so that the peer's own statistics are true.
 */
export class OutgoingStream {
  readonly ssrc: number;
  #sequence: number;
  #timestamp: number;
  #lastAt: Millis;
  #clockRateHz = 8000;
  #origin = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;
  #newest = 0;
  /** How far the origin has come since the stream changed to it: older packets of it are passed over. */
  #span = 0;
  #packets: number;
  #octets: number;

  /** `start` is random for a new stream (RFC 3550 §5.1), or where another worker left it. */
  constructor(start: OutgoingSnapshot, now: Millis) {
    this.ssrc = start.ssrc >>> 0;
    this.#sequence = start.sequence & 0xffff;
    this.#timestamp = start.timestamp >>> 0;
    this.#packets = start.packets;
    this.#octets = start.octets;
    this.#lastAt = now;
  }

  get packets(): number {
    return this.#packets;
  }

  get octets(): number {
    return this.#octets;
  }

  /** The stream's timestamp at `now`, as if it had been sounding all the time. */
  timestampAt(now: Millis): number {
    return timestampAfter(this.#timestamp, Math.round(((now - this.#lastAt) * this.#clockRateHz) / 1000));
  }

  snapshot(now: Millis): OutgoingSnapshot {
    const { ssrc } = this;
    return {
      ssrc,
      sequence: this.#sequence,
      timestamp: this.timestampAt(now),
      packets: this.#packets,
      octets: this.#octets,
    };
  }

  /**
   * Makes a packet of `origin` (its fields hold that origin's own numbers) the next one of this stream, by rewriting its fields.
   * False: the packet comes too late, from before the change to its origin, and must not be sent.
   */
  take(fields: RtpFields, origin: number, clockRateHz: number, now: Millis): boolean {
    let ahead = sequenceDistance(this.#newest, fields.sequence);
    if (origin !== this.#origin || ahead > MAX_JUMP || ahead < -MAX_JUMP) {
      this.#changeTo(fields, origin, clockRateHz, now);
      ahead = 0;
    } else if (ahead < 0 && -ahead > this.#span) return false;
    if (ahead >= 0) {
      this.#span = Math.min(MAX_JUMP, this.#span + ahead);
      this.#newest = fields.sequence;
    }
    fields.ssrc = this.ssrc;
    fields.sequence = sequenceAfter(fields.sequence, this.#sequenceOffset);
    fields.timestamp = timestampAfter(fields.timestamp, this.#timestampOffset);
    if (ahead >= 0) {
      this.#sequence = fields.sequence;
      // All packets of a telephone event bear the timestamp of its beginning: that moment stays the one to count from.
      if (fields.timestamp !== this.#timestamp) {
        this.#timestamp = fields.timestamp;
        this.#lastAt = now;
      }
    }
    this.#packets++;
    this.#octets += fields.end - fields.start;
    return true;
  }

  #changeTo(fields: RtpFields, origin: number, clockRateHz: number, now: Millis): void {
    this.#clockRateHz = clockRateHz;
    const passed = Math.max(PACKET_MS, now - this.#lastAt);
    const timestamp = timestampAfter(this.#timestamp, Math.round((passed * clockRateHz) / 1000));
    this.#sequenceOffset = sequenceAfter(this.#sequence, 1 - fields.sequence);
    this.#timestampOffset = timestampAfter(timestamp, -fields.timestamp);
    this.#newest = fields.sequence;
    this.#span = 0;
    this.#origin = origin;
    fields.marker = true;
  }
}

/**
 * Where a new stream begins: random, so that nobody can guess its packets, but in the lower half of the numbers, so that a peer of
 * protected sound that misses the first packets does not miss that the numbers have wrapped around as well.
 * @rfc 3550#5.1
 * @rfc 3711#3.3.1
 */
export function randomStart(random: Random): OutgoingSnapshot {
  const bytes = new DataView(Uint8Array.from(random.bytes(10)).buffer);
  return {
    ssrc: bytes.getUint32(0),
    sequence: bytes.getUint16(4) & 0x7fff,
    timestamp: bytes.getUint32(6),
    packets: 0,
    octets: 0,
  };
}
