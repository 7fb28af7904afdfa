import type { Millis, Random } from "@cordboard/kernel";
import type { DigitStep } from "@cordboard/rtp";
import { digitSteps, printPlainRtp, printTelephoneEvent, sequenceAfter, timestampAfter } from "@cordboard/rtp";
import type { AgreedAudio } from "@cordboard/sip";
import { lawOfRtpName } from "@cordboard/sound";
import { PACKET_TIME } from "./pacer.ts";
import type { Clip } from "./sound-source.ts";

/** What a queued digit does with one packet's time: an event, or a pause in which the sound goes on. */
type DigitBeat = DigitStep | "pause";

/** The sending half of a call's sound: makes one packet for each 20 ms, of sound or of a digit. @rfc 3550#5.1 */
export class RtpSender {
  /** Synchronisation source of all that the call sends. */
  readonly ssrc: number;
  /** The sound; without one only digits are sent. */
  clip: Clip | undefined;
  #sequence: number;
  #timestamp: number;
  #eventTimestamp = 0;
  #position = 0;
  #isNewSpurt = true;
  #beats: DigitBeat[] = [];
  #done: (() => void)[] = [];

  constructor(random: Random) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0] = random.bytes(10);
    this.ssrc = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    this.#timestamp = ((e << 24) | (f << 16) | (g << 8) | h) >>> 0;
    this.#sequence = (i << 8) | j;
  }

  /** Whether there is anything to be sent. */
  get isBusy(): boolean {
    return this.clip !== undefined || this.#beats.length > 0;
  }

  /** Queues digits, each as long as said and followed by a pause; `done` is called when the last has been sent. */
  queueDigits(digits: string, lasts: Millis, pause: Millis, done: () => void): void {
    const pauses = Array.from({ length: Math.ceil(pause / PACKET_TIME) }, (): DigitBeat => "pause");
    for (const digit of digits) this.#beats.push(...digitSteps(digit, lasts), ...pauses);
    this.#done.push(done);
  }

  /** Time goes by without a packet: the next one begins a new spurt of sound. */
  skip(packets: number, agreed: AgreedAudio | undefined): void {
    if (packets === 0) return;
    this.#timestamp = timestampAfter(this.#timestamp, packets * unitsOf(agreed));
    this.#position += packets;
    this.#isNewSpurt = true;
  }

  /** The packet of the next 20 ms, if there is one. */
  next(agreed: AgreedAudio): Uint8Array | undefined {
    const beat = this.#beats.shift();
    const packet = beat === undefined || beat === "pause" ? this.#voice(agreed) : this.#event(beat, agreed);
    this.#timestamp = timestampAfter(this.#timestamp, unitsOf(agreed));
    this.#position++;
    if (beat !== undefined && this.#beats.length === 0) for (const done of this.#done.splice(0)) done();
    return packet;
  }

  #voice(agreed: AgreedAudio): Uint8Array | undefined {
    const [first] = agreed.codecs;
    if (this.clip === undefined || first === undefined) return undefined;
    const body = this.clip.payload(this.#position, lawOfRtpName(first.codec.name.toUpperCase()));
    const packet = this.#print({ payload: first.sendAs, timestamp: this.#timestamp, marker: this.#isNewSpurt }, body);
    this.#isNewSpurt = false;
    return packet;
  }

  #event({ isFirst, event }: DigitStep, agreed: AgreedAudio): Uint8Array | undefined {
    if (agreed.telephoneEvent === undefined) return undefined;
    if (isFirst) this.#eventTimestamp = this.#timestamp;
    const payload = agreed.telephoneEvent.sendAs;
    return this.#print({ payload, timestamp: this.#eventTimestamp, marker: isFirst }, printTelephoneEvent(event));
  }

  #print(head: { payload: number; timestamp: number; marker: boolean }, body: Uint8Array): Uint8Array {
    this.#sequence = sequenceAfter(this.#sequence, 1);
    return printPlainRtp({ ...head, sequence: this.#sequence, ssrc: this.ssrc }, body);
  }
}

/** Timestamp units of 20 ms. */
const unitsOf = (agreed: AgreedAudio | undefined): number => (agreed?.codecs[0]?.codec.clockRateHz ?? 8000) / 50;
