import { timestampAfter, timestampDistance } from "@cordboard/rtp";
import type { G711Law } from "@cordboard/sound";
import { expansionOf, SAMPLE_RATE_HZ } from "@cordboard/sound";
import { ABSENT, Concealment } from "./concealment.ts";

const MS = SAMPLE_RATE_HZ / 1000;
/** Samples that are kept, by their timestamp: a second. A power of two, so that a timestamp that wraps keeps its place. */
const RING = 8192;
/** Samples of a stretch that is taken: 20 ms. */
export const FRAME_SAMPLES = 160;
/** Longest packet that is taken: 120 ms. */
const MAX_PACKET = 120 * MS;
/** A packet that is late by more than a second is of a source that has started again. */
const RESTART = SAMPLE_RATE_HZ;
/** How often the buffer looks whether it waits longer than it needs to: every 5 s. */
const REVIEW_TAKES = 250;
/** What must be left of the wait after it has been made shorter by a frame, so that it does not get longer again at once. */
const MARGIN = 10 * MS;

/** How long a buffer makes its listener wait, in milliseconds. */
export interface JitterBufferWait {
  /** At the beginning, and over the latest packet that came too late. */
  readonly least: number;
  /** What has waited for longer is left out. */
  readonly most: number;
}

/** For who talks: 20 ms, and up to 60 ms when packets come unevenly. */
export const talkWait: JitterBufferWait = { least: 20, most: 60 };
/** For a recording, where nobody waits for an answer. */
export const recordingWait: JitterBufferWait = { least: 100, most: 400 };

/**
 * Makes an even stream of 8 kHz samples out of the packets of one peer, which come late, twice, in the wrong order or not at all.
 * Samples lie where their timestamp says, so that any length of packet will do. It runs dry when a packet comes later than any before
 * it: then it waits longer from there on. When for 5 s it has waited for nothing, it waits a frame less.
 */
export class JitterBuffer {
  readonly #ring: Int16Array = new Int16Array(RING).fill(ABSENT);
  readonly #least: number;
  readonly #most: number;
  readonly #concealment: Concealment | undefined;
  #isRunning = false;
  #origin = 0;
  /** Timestamp of the sample that is taken next. */
  #next = 0;
  /** Timestamp after the newest sample. */
  #end = 0;
  #takes = 0;
  #lowest = 0;

  /** `conceals`: missing samples are made up for; otherwise they are silence. */
  constructor({ least, most }: JitterBufferWait, conceals: boolean) {
    this.#least = least * MS;
    this.#most = most * MS;
    this.#concealment = conceals ? new Concealment() : undefined;
  }

  /**
   * Takes a packet's codes. `origin` numbers the runs of packets whose timestamps belong together. (Four parameters instead of an object:
   * this runs for every packet.)
   */
  put(origin: number, timestamp: number, codes: Uint8Array, law: G711Law): void {
    if (codes.length === 0 || codes.length > MAX_PACKET) return;
    if (!this.#follow(origin, timestamp, codes.length)) return;
    const expansion = expansionOf(law);
    const skipped = Math.max(0, -timestampDistance(this.#next, timestamp));
    for (let i = skipped; i < codes.length; i++)
      this.#ring[(timestamp + i) & (RING - 1)] = expansion[codes[i] ?? 0] ?? 0;
    const end = timestampAfter(timestamp, codes.length);
    if (timestampDistance(this.#end, end) > 0) this.#end = end;
    const tooMuch = this.#depth - Math.max(this.#most, codes.length) - FRAME_SAMPLES;
    if (tooMuch > 0) this.#leaveOut(tooMuch);
  }

  /** Fills `into` with the next 20 ms; false when there is nothing to hear in it. */
  take(into: Int16Array): boolean {
    if (!this.#isRunning) {
      into.fill(0);
      return false;
    }
    let present = 0;
    for (let i = 0; i < into.length; i++) {
      const at = (this.#next + i) & (RING - 1);
      const sample = this.#ring[at] ?? ABSENT;
      if (sample !== ABSENT) present++;
      this.#ring[at] = ABSENT;
      into[i] = sample === ABSENT && this.#concealment === undefined ? 0 : sample;
    }
    this.#next = timestampAfter(this.#next, into.length);
    this.#review();
    return this.#concealment?.mend(into) ?? present > 0;
  }

  /** Whether nothing is left to be taken. */
  get isDry(): boolean {
    return !this.#isRunning || this.#depth <= 0;
  }

  get #depth(): number {
    return timestampDistance(this.#next, this.#end);
  }

  /** Finds a packet's place; false when it is too late for one. */
  #follow(origin: number, timestamp: number, length: number): boolean {
    const ahead = timestampDistance(this.#next, timestamp);
    const isSame = this.#isRunning && origin === this.#origin && ahead >= -RESTART && ahead <= this.#most + RING / 4;
    this.#origin = origin;
    // Newer than anything that came, and late all the same: the wait was too short.
    const isTooShort = ahead < 0 && this.isDry && timestampDistance(this.#end, timestampAfter(timestamp, length)) > 0;
    if (!isSame || isTooShort) this.#begin(timestamp);
    else if (ahead + length <= 0) return false;
    return true;
  }

  #begin(timestamp: number): void {
    this.#ring.fill(ABSENT);
    this.#isRunning = true;
    this.#next = timestampAfter(timestamp, -this.#least);
    this.#end = this.#next;
    this.#takes = 0;
    this.#lowest = RING;
  }

  #review(): void {
    this.#lowest = Math.min(this.#lowest, this.#depth);
    if (++this.#takes < REVIEW_TAKES) return;
    if (this.#lowest >= this.#least + MARGIN) this.#leaveOut(FRAME_SAMPLES);
    this.#takes = 0;
    this.#lowest = RING;
  }

  #leaveOut(samples: number): void {
    for (let i = 0; i < samples; i++) this.#ring[(this.#next + i) & (RING - 1)] = ABSENT;
    this.#next = timestampAfter(this.#next, samples);
  }
}
