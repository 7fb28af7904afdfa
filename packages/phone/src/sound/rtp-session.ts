import type { Clock, Millis, Random } from "@cordboard/kernel";
import { eventOfDigit, isRtcp, readRtp, rewriteRtp, rtpFields } from "@cordboard/rtp";
import type { AgreedAudio, Endpoint } from "@cordboard/sip";
import { lawOfRtpName } from "@cordboard/sound";
import { PhoneError } from "../conditions.ts";
import type { Pacer } from "./pacer.ts";
import { Recording } from "./recording.ts";
import type { Listener, ReceivedPackets } from "./rtp-receiver.ts";
import { RtpReceiver } from "./rtp-receiver.ts";
import { RtpSender } from "./rtp-sender.ts";
import type { RtpSocket } from "./rtp-socket.ts";
import { openRtpSocket } from "./rtp-socket.ts";
import type { ClipShelf, SoundSource } from "./sound-source.ts";

/** Packets of a call so far. */
export interface RtpStatistics extends ReceivedPackets {
  readonly sent: number;
  /** Packets that were no RTP, of no agreed payload type, or not from where the other side said that it sends. */
  readonly stray: number;
  /** RTP name of the codec in use; undefined before one was agreed. */
  readonly codec: string | undefined;
}

/** What the sound of a call is made of. */
export interface RtpSessionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly pacer: Pacer;
  readonly clips: ClipShelf;
  readonly onDigit: (digit: string) => void;
}

const MAX_DIGITS = 128;

/**
 * The sound of one call: a socket from {@link open} to {@link close}, sending at the pacer's beat, hearing what comes.
 * RTCP is neither sent nor read; a neighbour's that strays in is told by its type and left alone.
 */
export class RtpSession {
  readonly #parts: RtpSessionParts;
  readonly #sender: RtpSender;
  readonly #receiver: RtpReceiver;
  readonly #fields = rtpFields();
  readonly #recordings = new Set<Recording>();
  #opening: Promise<RtpSocket> | undefined;
  #socket: RtpSocket | undefined;
  #closing: Promise<void> | undefined;
  #agreed: AgreedAudio | undefined;
  #stopBeat: (() => void) | undefined;
  #isEcho = false;
  #isOn = false;
  #sent = 0;
  #stray = 0;

  constructor(parts: RtpSessionParts) {
    this.#parts = parts;
    this.#sender = new RtpSender(parts.random);
    this.#receiver = new RtpReceiver(parts.clock, parts.onDigit);
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Whether it is sent to at the pacer's beat. */
  get isSending(): boolean {
    return this.#stopBeat !== undefined;
  }

  get agreed(): AgreedAudio | undefined {
    return this.#agreed;
  }

  /** Binds the socket, the first time; rejects with `call-over` after {@link close}. */
  async open(address: string): Promise<Endpoint> {
    if (this.#closing !== undefined) throw new PhoneError("call-over", "the call is over");
    this.#opening ??= openRtpSocket(address, (bytes, from) => this.#receive(bytes, from));
    const socket = await this.#opening;
    if (this.#closing !== undefined) throw new PhoneError("call-over", "the call is over");
    this.#socket = socket;
    return socket.endpoint;
  }

  /** Takes what offer and answer settled. */
  agree(agreed: AgreedAudio): void {
    this.#agreed = agreed;
    this.#setBeat();
  }

  /** Begins to send what it was given to play, as far as the agreed direction allows. */
  start(): void {
    this.#isOn = true;
    this.#setBeat();
  }

  /** Sends nothing until {@link start}. */
  stop(): void {
    this.#isOn = false;
    this.#setBeat();
  }

  /** Sends another sound from now on. */
  async play(source: SoundSource): Promise<void> {
    const clip = await this.#parts.clips.load(source);
    this.#isEcho = source === "echo";
    this.#sender.clip = clip;
    this.#setBeat();
  }

  /** Hears all samples from now on; what is returned stops it. */
  listen(listener: Listener): () => void {
    return this.#receiver.listen(listener);
  }

  /** Sends digits as RTP events; calls `sent` after the last. Throws `not-possible` when that was not agreed. */
  sendDigits(digits: string, lasts: Millis, pause: Millis, sent: () => void): void {
    const wrong = [...digits].find((digit) => eventOfDigit(digit) === undefined);
    if (wrong !== undefined || digits.length === 0 || digits.length > MAX_DIGITS)
      throw new PhoneError("not-possible", `"${digits}" is not 1 to ${MAX_DIGITS} digits`);
    if (this.#agreed?.telephoneEvent === undefined || this.#isEcho || !this.#maySend())
      throw new PhoneError("not-possible", "digits cannot be sent by RTP in this call now");
    this.#sender.queueDigits(digits, lasts, pause, () => {
      this.#setBeat();
      sent();
    });
    this.#setBeat();
  }

  /** Records what is heard from now on. */
  recordTo(path: string): Recording {
    const recording = new Recording(path, () => {
      stop();
      this.#recordings.delete(recording);
    });
    const stop = this.listen((samples) => recording.add(samples));
    this.#recordings.add(recording);
    return recording;
  }

  statistics(): RtpStatistics {
    const codec = this.#agreed?.codecs[0]?.codec.name;
    return { ...this.#receiver.statistics(), sent: this.#sent, stray: this.#stray, codec };
  }

  /** Stops sending, completes recordings, frees the port; repeated calls give the first one's outcome. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopBeat?.();
    this.#stopBeat = undefined;
    this.#isOn = false;
    // A recording that cannot be written tells whoever stops it.
    const written = Promise.allSettled([...this.#recordings].map((recording) => recording.stop()));
    const socket = await this.#opening?.catch(() => undefined);
    await socket?.close();
    this.#socket = undefined;
    await written;
  }

  #maySend(): boolean {
    const direction = this.#agreed?.direction;
    return this.#isOn && (direction === "sendrecv" || direction === "sendonly");
  }

  /** Keeps the beat only while there is something to send at it. */
  #setBeat(): void {
    const isNeeded = this.#agreed !== undefined && this.#sender.isBusy && this.#closing === undefined;
    if (isNeeded) this.#stopBeat ??= this.#parts.pacer.add((skipped) => this.#beat(skipped));
    else {
      this.#stopBeat?.();
      this.#stopBeat = undefined;
    }
  }

  #beat(skipped: number): void {
    const agreed = this.#agreed;
    if (agreed === undefined || !this.#maySend()) return this.#sender.skip(1 + skipped, agreed);
    this.#sender.skip(skipped, agreed);
    const packet = this.#sender.next(agreed);
    if (packet !== undefined) this.#send(packet, agreed.remote);
  }

  #send(packet: Uint8Array, to: Endpoint): void {
    if (this.#socket === undefined) return;
    this.#socket.send(packet, to);
    this.#sent++;
  }

  #receive(bytes: Uint8Array, from: Endpoint): void {
    if (isRtcp(bytes)) return;
    const agreed = this.#agreed;
    const fields = this.#fields;
    const isExpected =
      agreed !== undefined && from.port === agreed.remote.port && from.address === agreed.remote.address;
    const codec = isExpected && readRtp(bytes, fields) ? this.#receiver.receive(bytes, fields, agreed) : undefined;
    if (codec === undefined || agreed === undefined) {
      this.#stray++;
      return;
    }
    if (!this.#isEcho || !this.#maySend()) return;
    fields.payload = codec.sendAs;
    fields.ssrc = this.#sender.ssrc;
    rewriteRtp(bytes, fields);
    this.#send(bytes, agreed.remote);
  }
}

/** Whether the agreed codec is one whose sound can be heard here. */
export const isAudible = (agreed: AgreedAudio | undefined): boolean =>
  agreed?.codecs.some(({ codec }) => lawOfRtpName(codec.name.toUpperCase()) !== undefined) ?? true;
