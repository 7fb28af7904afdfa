import type { Codec, NegotiatedMedia } from "@cordboard/core";
import type { ActionId, Millis } from "@cordboard/kernel";
import type { RtpFields } from "@cordboard/rtp";
import { printTelephoneEvent, RTP_HEADER_BYTES, rewriteRtp } from "@cordboard/rtp";
import type { G711Law } from "@cordboard/sound";
import { convertCodes, encodeG711Into, lawOfRtpName } from "@cordboard/sound";
import { DigitQueue } from "./digit-queue.ts";
import { Notice } from "./notice.ts";
import type { OutgoingStream } from "./outgoing-stream.ts";
import type { Paced, Pacer } from "./pacer.ts";
import type { Playing } from "./playable.ts";
import type { Route } from "./route.ts";

/** What a leg's output needs of its surroundings. */
export interface OutputParts {
  readonly stream: OutgoingStream;
  readonly pacer: Pacer;
  /** Numbers the runs of packets that belong together. */
  readonly nextOrigin: () => number;
  /** One set of fields for all packets that a worker makes. */
  readonly fields: RtpFields;
  send(packet: Uint8Array): void;
  /** A sound that ends has ended. */
  onPlayed(action: ActionId): void;
}

/** Samples of a packet of 20 ms. */
const PACKET_SAMPLES = 160;
/** Packet buffers in rotation: a packet that the system could not take at once is not overwritten while it waits. */
const BUFFERS = 4;

/** Packets of our own making that belong together, see {@link OutgoingStream}. */
interface Run {
  readonly origin: number;
  sequence: number;
  timestamp: number;
}

interface Played extends Run {
  readonly playing: Playing;
  readonly action: ActionId;
}

/**
 * What a peer hears: digits before a played sound before another leg or a room. One stream goes out, whoever fills it.
 */
export class LegOutput implements Paced {
  readonly #parts: OutputParts;
  readonly #digits = new DigitQueue();
  #buffers: readonly Buffer[] | undefined;
  #nextBuffer = 0;
  #isSending = false;
  #g711: { readonly payload: number; readonly law: G711Law } | undefined;
  /** The law of each payload number that we send; none for what is no G.711. */
  #laws: ReadonlyMap<number, G711Law> = new Map();
  #digitsPayload: number | undefined;
  #mix: Run = { origin: 0, sequence: 0, timestamp: 0 };
  #notice: Notice | undefined;
  #played: Played | undefined;
  /** Whether another leg is heard: nothing of our own is, and the peer wants to hear. Kept, because every packet asks. */
  #isFree = false;
  #digitRun: Run = { origin: 0, sequence: 0, timestamp: 0 };
  /** Packets of other legs that found no codec in common. */
  #dropped = 0;

  constructor(parts: OutputParts) {
    this.#parts = parts;
  }

  agree(media: NegotiatedMedia): void {
    this.#isSending = media.direction === "sendrecv" || media.direction === "sendonly";
    this.#digitsPayload = media.digitsPayload;
    this.#laws = lawsOf(media.codecs);
    const [first] = this.#laws;
    this.#g711 = first === undefined ? undefined : { payload: first[0], law: first[1] };
    this.#review();
  }

  /** Whether tones and files can be heard: a G.711 codec was agreed on. */
  get canPlay(): boolean {
    return this.#g711 !== undefined;
  }

  /** The law of packets that we send under this number; undefined for what is no G.711. */
  lawOf(payload: number): G711Law | undefined {
    return this.#laws.get(payload);
  }

  get digitsWaiting(): string {
    return this.#digits.waiting;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Passes a packet of another leg on, whose fields have just been read, rewriting it in place. Nothing is sent while something
   * else is heard. (Four parameters instead of an object: this runs for every packet.)
   */
  relay(packet: Uint8Array, route: Route, origin: number, now: Millis): void {
    if (!this.#isFree) return;
    const { fields, stream, send } = this.#parts;
    const way = route[fields.payload];
    if (way === undefined) {
      this.#dropped++;
      return;
    }
    if (way.conversion !== undefined) convertCodes(way.conversion, packet, fields.start, fields.end);
    fields.payload = way.payload;
    if (!stream.take(fields, origin, way.clockRateHz, now)) return;
    if (this.#notice !== undefined) this.#sayNotice(this.#notice, packet);
    rewriteRtp(packet, fields);
    send(packet);
  }

  /** A room is heard from now on. */
  beginMix(): void {
    this.#mix = { origin: this.#parts.nextOrigin(), sequence: 0, timestamp: 0 };
  }

  /** Sends 20 ms of a room, under what is played and digits. */
  mixed(samples: Int16Array, now: Millis): void {
    this.#mix.timestamp += PACKET_SAMPLES;
    const { payload, law } = this.#g711 ?? {};
    if (!this.#isFree || payload === undefined || law === undefined) return;
    const packet = this.#buffer();
    encodeG711Into(law, samples, packet, RTP_HEADER_BYTES);
    this.#sendOwn(packet, payload, this.#mix, now);
    this.#mix.sequence++;
  }

  /** Says over whatever is heard next that it is recorded. */
  notice(): void {
    this.#notice = new Notice();
  }

  /** Plays a sound in place of what is heard. */
  play(playing: Playing, action: ActionId): void {
    this.#played = { playing, action, origin: this.#parts.nextOrigin(), sequence: 0, timestamp: 0 };
    this.#review();
  }

  /** Ends what is played, without a word. */
  stop(): void {
    this.#played = undefined;
    this.#review();
  }

  /** Queues digits; false when the peer cannot take any. */
  sendDigits(digits: string): boolean {
    if (this.#digitsPayload === undefined) return false;
    this.#digits.add(digits);
    this.#review();
    return true;
  }

  /** Ends everything that is paced. */
  close(): void {
    this.#digits.clear();
    this.stop();
  }

  tick(now: Millis): void {
    if (this.#digits.isBusy) this.#tickDigits(now);
    if (this.#played !== undefined) this.#tickSound(this.#played, now);
    this.#review();
  }

  /** Follows a change of what is to be heard. */
  #review(): void {
    const hasOwn = this.#played !== undefined || this.#digits.isBusy;
    this.#isFree = this.#isSending && !hasOwn;
    if (hasOwn) this.#parts.pacer.add(this);
    else this.#parts.pacer.remove(this);
  }

  #tickDigits(now: Millis): void {
    const payload = this.#digitsPayload;
    if (payload === undefined || !this.#isSending) {
      this.#digits.clear();
      return;
    }
    const step = this.#digits.step();
    if (step === undefined) return;
    if (step.isFirst) this.#digitRun = { origin: this.#parts.nextOrigin(), sequence: 0, timestamp: 0 };
    const body = printTelephoneEvent(step.event);
    const packet = this.#buffer().subarray(0, RTP_HEADER_BYTES + body.length);
    packet.set(body, RTP_HEADER_BYTES);
    this.#sendOwn(packet, payload, this.#digitRun, now);
    this.#digitRun.sequence++;
  }

  #tickSound(played: Played, now: Millis): void {
    const { payload, law } = this.#g711 ?? { payload: 0, law: "mu-law" };
    const packet = this.#buffer();
    if (!played.playing.next(law, packet, RTP_HEADER_BYTES)) {
      this.#played = undefined;
      this.#parts.onPlayed(played.action);
      return;
    }
    // Time passes for a sound that cannot be heard just now: on hold, under digits, or while no codec of ours is agreed on.
    const isHeard = this.#isSending && this.#g711 !== undefined && !this.#digits.isBusy;
    if (isHeard) this.#sendOwn(packet, payload, played, now);
    played.sequence = isHeard ? played.sequence + 1 : played.sequence;
    played.timestamp += PACKET_SAMPLES;
  }

  /** (Four parameters instead of an object: this runs for every packet.) */
  #sendOwn(packet: Buffer, payload: number, run: Readonly<Run>, now: Millis): void {
    const { fields, stream, send } = this.#parts;
    fields.marker = false;
    fields.payload = payload;
    fields.sequence = run.sequence & 0xffff;
    fields.timestamp = run.timestamp >>> 0;
    fields.start = RTP_HEADER_BYTES;
    fields.end = packet.length;
    if (!stream.take(fields, run.origin, 8000, now)) return;
    if (this.#notice !== undefined) this.#sayNotice(this.#notice, packet);
    packet[0] = 0x80;
    rewriteRtp(packet, fields);
    send(packet);
  }

  #sayNotice(notice: Notice, packet: Uint8Array): void {
    const { fields } = this.#parts;
    const law = this.#laws.get(fields.payload);
    if (law !== undefined) notice.mixInto(packet.subarray(fields.start, fields.end), law);
    if (notice.isOver) this.#notice = undefined;
  }

  #buffer(): Buffer {
    this.#buffers ??= Array.from({ length: BUFFERS }, () => Buffer.alloc(RTP_HEADER_BYTES + PACKET_SAMPLES));
    this.#nextBuffer = (this.#nextBuffer + 1) % BUFFERS;
    return this.#buffers[this.#nextBuffer] ?? Buffer.alloc(RTP_HEADER_BYTES + PACKET_SAMPLES);
  }
}

/** The G.711 codecs among these by the number that we send them under, most wanted first. */
function lawsOf(codecs: readonly Codec[]): ReadonlyMap<number, G711Law> {
  const laws = new Map<number, G711Law>();
  for (const { payload, name } of codecs) {
    const law = lawOfRtpName(name);
    if (law !== undefined && !laws.has(payload & 0x7f)) laws.set(payload & 0x7f, law);
  }
  return laws;
}
