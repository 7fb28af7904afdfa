import type { RemoteInfo, Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Codec, LocalMedia, NegotiatedMedia } from "@cordboard/core";
import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { clockOf, ms, seconds } from "@cordboard/kernel";
import type { RtcpPacket, RtpPacket } from "@cordboard/rtp";
import {
  digitSteps,
  hearEvent,
  noDigitsHeard,
  parseRtcp,
  parseRtp,
  parseTelephoneEvent,
  printPlainRtp,
  printRtcp,
  printTelephoneEvent,
  sequenceAfter,
  timestampAfter,
} from "@cordboard/rtp";
import type { SampleReader } from "@cordboard/sound";
import { decodeG711, encodeG711, isToneHeard, lawOfRtpName, readTone, steadyTone } from "@cordboard/sound";

/** How a peer sounds and where it is; everything has a default. */
export interface RtpPeerOptions {
  /** The tone that it sends; default 440 Hz. */
  readonly frequencyHz?: number;
  /** What it sends and understands; default `PCMA` under number 8. Payloads of other codecs are a counter, not sound. */
  readonly codec?: Codec;
  /** Payload number of telephone events; default 101. */
  readonly digitsPayload?: number;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Reports to one port with the sound (RFC 5761); default false. */
  readonly muxesRtcp?: boolean;
}

/** A minimal RTP endpoint for tests: sends a steady tone 50 times a second and remembers what it hears. */
export interface RtpPeer {
  readonly codec: Codec;
  readonly ssrc: number;
  /** Where it receives, for `connect`. */
  readonly remote: NegotiatedMedia["remote"];
  /** What a leg of ours would have agreed with it. */
  agreed(changes?: Partial<NegotiatedMedia>): NegotiatedMedia;
  /** Begins to send its tone there, 50 packets a second. */
  sendTo(local: LocalMedia): void;
  /** Stops sending, goes on listening. */
  pause(): void;
  /** Sends one packet of its own making at once. */
  sendRaw(bytes: Uint8Array, local: LocalMedia): void;
  /** Sends digits as telephone events; settles when the last has left. Its tone rests meanwhile. */
  sendDigits(digits: string): Promise<void>;
  /** Sends an RTCP compound. */
  sendRtcp(packets: readonly RtcpPacket[], local: LocalMedia): void;
  /** Settles when the last `length` of what it hears is mostly this tone. */
  heard(frequencyHz: number, length?: Millis): Promise<void>;
  /** Settles when it has heard these digits, in this order, at the end of all that it heard. */
  heardDigits(digits: string): Promise<void>;
  /** Settles when `condition` holds; looked at after each packet that arrives. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Settles after it has sent for so long: time as the peer's own packets count it. */
  resting(length: Millis): Promise<void>;
  /** The last sound packets that came, oldest first; at most 3,000. */
  readonly packets: readonly RtpPacket[];
  /** RTCP that came, at most 1,000 packets. */
  readonly reports: readonly RtcpPacket[];
  /** Digits that came. */
  readonly digits: string;
  /** Samples that came last, at most a minute; only for G.711. */
  lastSamples(count: number): Int16Array;
  close(): Promise<void>;
}

/** A-law under its usual number. */
export const pcma: Codec = { payload: 8, name: "PCMA", clockRateHz: 8000, channels: 1 };
/** µ-law under its usual number. */
export const pcmu: Codec = { payload: 0, name: "PCMU", clockRateHz: 8000, channels: 1 };

const PACKET_MS = 20;
const PACKET_SAMPLES = 160;
const MAX_PACKETS = 3000;
const MAX_REPORTS = 1000;
const MAX_SAMPLES = 60 * 8000;
/** A wait that takes longer has failed. */
const PATIENCE = seconds(20);

interface Waiting {
  readonly condition: () => boolean;
  readonly done: () => void;
}

async function bound(address: string): Promise<Socket> {
  const socket = createSocket({
    type: isIPv6(address) ? "udp6" : "udp4",
    lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
  });
  // Without a resolver the socket may be bound before `bind` returns.
  const listening = once(socket, "listening");
  socket.bind(0, address);
  await listening;
  return socket;
}

/** Opens a peer on free ports of this machine. */
export async function rtpPeer(options: RtpPeerOptions = {}): Promise<RtpPeer> {
  const address = options.address ?? "127.0.0.1";
  const rtp = await bound(address);
  const rtcp = options.muxesRtcp === true ? rtp : await bound(address);
  return new Peer(options, rtp, rtcp);
}

class Peer implements RtpPeer {
  readonly codec: Codec;
  readonly ssrc = Math.floor(Math.random() * 2 ** 32);
  readonly remote: NegotiatedMedia["remote"];
  readonly packets: RtpPacket[] = [];
  readonly reports: RtcpPacket[] = [];
  digits = "";
  readonly #digitsPayload: number;
  readonly #clock: Clock = clockOf(globalThis);
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #tone: SampleReader;
  readonly #waiting = new Set<Waiting>();
  readonly #samples: Int16Array[] = [];
  #heard = noDigitsHeard;
  #to: LocalMedia | undefined;
  #timer: Timer | undefined;
  #due = 0;
  #sequence = Math.floor(Math.random() * 65_536);
  #timestamp = Math.floor(Math.random() * 2 ** 32);
  #sending: { readonly payloads: Uint8Array[]; readonly timestamp: number; readonly done: () => void } | undefined;

  constructor(options: RtpPeerOptions, rtp: Socket, rtcp: Socket) {
    this.codec = options.codec ?? pcma;
    this.#digitsPayload = options.digitsPayload ?? 101;
    this.#tone = readTone(steadyTone(-10, options.frequencyHz ?? 440));
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.remote = { address: rtp.address().address, port: rtp.address().port, rtcpPort: rtcp.address().port };
    rtp.on("message", (bytes, from) => this.#hear(bytes, from));
    if (rtcp !== rtp) rtcp.on("message", (bytes) => this.#hearReport(bytes));
  }

  agreed(changes: Partial<NegotiatedMedia> = {}): NegotiatedMedia {
    const { remote, codec } = this;
    return { remote, codecs: [codec], digitsPayload: this.#digitsPayload, direction: "sendrecv", ...changes };
  }

  sendTo(local: LocalMedia): void {
    this.#to = local;
    this.#timer?.cancel();
    this.#due = this.#clock.monotonic();
    this.#pace();
  }

  pause(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  sendRaw(bytes: Uint8Array, local: LocalMedia): void {
    this.#rtp.send(bytes, local.port, local.address);
  }

  sendRtcp(packets: readonly RtcpPacket[], local: LocalMedia): void {
    this.#rtcp.send(printRtcp(packets), local.rtcpPort, local.address);
  }

  async sendDigits(digits: string): Promise<void> {
    for (const digit of digits) {
      const payloads = digitSteps(digit).map(({ event }) => printTelephoneEvent(event));
      await new Promise<void>((done) => {
        this.#sending = { payloads, timestamp: this.#timestamp, done };
      });
    }
  }

  heard(frequencyHz: number, length: Millis = ms(500)): Promise<void> {
    const count = Math.round(length * 8);
    const isHeard = (): boolean => {
      const samples = this.lastSamples(count);
      return samples.length === count && isToneHeard(samples, frequencyHz, { minShare: 0.8 });
    };
    return this.until(isHeard, `${frequencyHz} Hz for ${length} ms`);
  }

  heardDigits(digits: string): Promise<void> {
    return this.until(() => this.digits.endsWith(digits), `digits ${digits}`);
  }

  until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const deadline = this.#clock.after(PATIENCE, () => {
        this.#waiting.delete(waiting);
        const got = `${this.packets.length} packets, digits "${this.digits}", ${this.reports.length} reports`;
        reject(new Error(`waited in vain for ${what}; got ${got}`));
      });
      const waiting: Waiting = {
        condition,
        done: () => {
          deadline.cancel();
          resolve();
        },
      };
      this.#waiting.add(waiting);
    });
  }

  resting(length: Millis): Promise<void> {
    return new Promise((resolve) => this.#clock.after(length, resolve));
  }

  lastSamples(count: number): Int16Array {
    const taken: Int16Array[] = [];
    let length = 0;
    for (let i = this.#samples.length - 1; i >= 0 && length < count; i--) {
      const piece = this.#samples[i] ?? new Int16Array(0);
      taken.unshift(piece);
      length += piece.length;
    }
    const all = Int16Array.from(taken.flatMap((piece) => [...piece]));
    return all.subarray(Math.max(0, all.length - count));
  }

  async close(): Promise<void> {
    this.pause();
    const sockets = new Set([this.#rtp, this.#rtcp]);
    await Promise.all([...sockets].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #pace(): void {
    const now = this.#clock.monotonic();
    for (; this.#due <= now; this.#due += PACKET_MS) this.#sendNext();
    this.#timer = this.#clock.after(ms(Math.ceil(this.#due - now)), () => this.#pace());
  }

  #sendNext(): void {
    const digit = this.#sending;
    const event = digit?.payloads.shift();
    this.#sequence = sequenceAfter(this.#sequence, 1);
    this.#timestamp = timestampAfter(this.#timestamp, PACKET_SAMPLES);
    if (digit !== undefined && event !== undefined) {
      this.#send(this.#digitsPayload, digit.timestamp, event);
      if (digit.payloads.length === 0) {
        this.#sending = undefined;
        digit.done();
      }
      return;
    }
    const samples = new Int16Array(PACKET_SAMPLES);
    this.#tone.read(samples);
    const law = lawOfRtpName(this.codec.name);
    const body = law === undefined ? new Uint8Array(80).fill(this.#sequence & 0xff) : encodeG711(law, samples);
    this.#send(this.codec.payload, this.#timestamp, body);
  }

  #send(payload: number, timestamp: number, body: Uint8Array): void {
    if (this.#to === undefined) return;
    const header = { marker: false, payload, sequence: this.#sequence, timestamp, ssrc: this.ssrc };
    this.#rtp.send(printPlainRtp(header, body), this.#to.port, this.#to.address);
  }

  #hear(bytes: Buffer, _from: RemoteInfo): void {
    const second = bytes[1] ?? 0;
    if (second >= 192 && second <= 223) {
      this.#hearReport(bytes);
      return;
    }
    const parsed = parseRtp(Uint8Array.from(bytes));
    if (!parsed.ok) return;
    const packet = parsed.value;
    this.packets.push(packet);
    if (this.packets.length > MAX_PACKETS) this.packets.shift();
    const law = lawOfRtpName(this.codec.name);
    if (packet.payload === this.#digitsPayload) this.#hearDigit(packet);
    else if (law !== undefined && packet.payload === this.codec.payload) this.#keep(decodeG711(law, packet.body));
    this.#lookUp();
  }

  #hearDigit(packet: RtpPacket): void {
    const event = parseTelephoneEvent(packet.body);
    if (event === undefined) return;
    const at = this.#clock.monotonic();
    const [heard, over] = hearEvent(this.#heard, { timestamp: packet.timestamp, event, at });
    this.#heard = heard;
    for (const { digit } of over) this.digits += digit;
  }

  #keep(samples: Int16Array): void {
    this.#samples.push(samples);
    if (this.#samples.length > MAX_SAMPLES / PACKET_SAMPLES) this.#samples.shift();
  }

  #hearReport(bytes: Buffer): void {
    const parsed = parseRtcp(Uint8Array.from(bytes));
    if (!parsed.ok) return;
    this.reports.push(...parsed.value);
    this.reports.splice(0, Math.max(0, this.reports.length - MAX_REPORTS));
    this.#lookUp();
  }

  #lookUp(): void {
    for (const waiting of [...this.#waiting]) {
      if (!waiting.condition()) continue;
      this.#waiting.delete(waiting);
      waiting.done();
    }
  }
}
