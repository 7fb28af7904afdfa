import { sequenceDistance, timestampDistance } from "./sequence.ts";

/** A jump ahead of this many packets is a source that has started again, not loss. @rfc 3550#A.1 MAX_DROPOUT */
const MAX_DROPOUT = 3000;
/** A packet this far behind is a source that has started again, not a late one. @rfc 3550#A.1 MAX_MISORDER */
const MAX_MISORDER = 100;

/** What a receiver knows of one source, as a report block wants it. */
export interface ReceptionReport {
  /** Highest sequence number with the count of its wraps above it, 32 bits. */
  readonly highestSequence: number;
  readonly packetsReceived: number;
  /** Expected less received; negative when duplicates outnumber losses. */
  readonly packetsLost: number;
  /** Loss since the report before, 0 to 1. */
  readonly lossSinceLast: number;
  /** Interarrival jitter in timestamp units. */
  readonly jitter: number;
}

/**
 * Statistics of one RTP source. Each source change (new SSRC) takes a new object.
 * @rfc 3550#A.1 sequence numbers (without probation: the caller has already locked on to the source)
 * @rfc 3550#A.3 loss
 * @rfc 3550#A.8 jitter
 */
export class Reception {
  #base = 0;
  #highest = 0;
  #wraps = 0;
  #received = 0;
  /** Counts of runs before the source started again. */
  #expectedBefore = 0;
  #receivedBefore = 0;
  /** Where a packet after a suspicious jump must continue for us to believe the jump; -1 for none. */
  #believable = -1;
  // A number that every packet changes shares no field with `undefined`: it would be an object, made anew each time.
  #hasTransit = false;
  /** Arrival less timestamp of the latest packet, within 32 bits. */
  #lastTransit = 0;
  #jitter = 0;
  #expectedAtReport = 0;
  #receivedAtReport = 0;

  /**
   * Counts a packet. `arrival` is when it came, in units of its own timestamp clock (any origin); undefined leaves the jitter
   * alone, for packets whose timestamp does not follow time (RFC 4733 events). False: a jump that one more packet must confirm.
   */
  receive(sequence: number, timestamp: number, arrival: number | undefined): boolean {
    if (!this.#follow(sequence)) return false;
    this.#received++;
    if (arrival !== undefined) this.#measureJitter(timestamp, arrival);
    return true;
  }

  #follow(sequence: number): boolean {
    if (this.#received === 0 && this.#receivedBefore === 0) {
      this.#begin(sequence);
      return true;
    }
    const ahead = sequenceDistance(this.#highest, sequence);
    if (ahead >= 0 && ahead < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#wraps++;
      this.#highest = sequence;
      this.#believable = -1;
      return true;
    }
    if (ahead < 0 && ahead >= -MAX_MISORDER) return true;
    if (sequence !== this.#believable) {
      this.#believable = (sequence + 1) & 0xffff;
      return false;
    }
    this.#expectedBefore += this.#expectedNow();
    this.#receivedBefore += this.#received;
    this.#begin(sequence);
    return true;
  }

  #begin(sequence: number): void {
    this.#base = sequence;
    this.#highest = sequence;
    this.#wraps = 0;
    this.#received = 0;
    this.#believable = -1;
    this.#hasTransit = false;
  }

  #measureJitter(timestamp: number, arrival: number): void {
    const transit = timestampDistance(timestamp, Math.round(arrival));
    if (this.#hasTransit) this.#jitter += (Math.abs(timestampDistance(this.#lastTransit, transit)) - this.#jitter) / 16;
    this.#hasTransit = true;
    this.#lastTransit = transit;
  }

  #expectedNow(): number {
    return this.#received === 0 ? 0 : this.#wraps * 65_536 + this.#highest - this.#base + 1;
  }

  /** Packets counted so far. */
  get packetsReceived(): number {
    return this.#receivedBefore + this.#received;
  }

  /** Expected less received so far; never negative here, because duplicates make up for no loss that a listener hears. */
  get packetsLost(): number {
    return Math.max(0, this.#expectedBefore + this.#expectedNow() - this.packetsReceived);
  }

  /** Interarrival jitter in timestamp units. */
  get jitter(): number {
    return this.#jitter;
  }

  /** The figures for a report block; `lossSinceLast` counts from the call before. */
  report(): ReceptionReport {
    const expected = this.#expectedBefore + this.#expectedNow();
    const received = this.packetsReceived;
    const expectedSince = expected - this.#expectedAtReport;
    const lostSince = expectedSince - (received - this.#receivedAtReport);
    this.#expectedAtReport = expected;
    this.#receivedAtReport = received;
    return {
      highestSequence: (((this.#wraps & 0xffff) << 16) | this.#highest) >>> 0,
      packetsReceived: received,
      packetsLost: expected - received,
      lossSinceLast: expectedSince <= 0 || lostSince <= 0 ? 0 : Math.min(1, lostSince / expectedSince),
      jitter: this.#jitter,
    };
  }
}
