import type { Clock, Millis, Timer } from "@cordboard/kernel";
import { joined, ms } from "@cordboard/kernel";
import type { DtlsCrypto } from "./crypto.ts";
import type { HandshakeMessage } from "./handshake.ts";
import { HandshakeAssembly, printMessage } from "./handshake.ts";
import type { DtlsRecord } from "./record.ts";
import { contentType, openRecord, parseRecords, printRecord, sealRecord } from "./record.ts";
import type { WriteKeys } from "./secrets.ts";

/** What a channel works with. */
export interface ChannelParts {
  readonly clock: Clock;
  readonly crypto: DtlsCrypto;
  send(datagram: Uint8Array): void;
  /** The peer's next message; they come in order, each once. */
  onMessage(message: HandshakeMessage): void;
  onAlert(level: number, description: number): void;
  /** The peer has not answered in all the time that it gets. */
  onSilence(): void;
}

/** A channel whose handshake is done, as another worker takes it on. */
export interface ChannelSnapshot {
  readonly ours: WriteKeys;
  readonly theirs: WriteKeys;
  /** Numbers of our next records, by epoch. */
  readonly nextRecords: readonly number[];
  /** Number of the peer's next message. */
  readonly nextMessage: number;
  /** Our last flight where it was the last of all, for a peer that has missed it; else nothing. */
  readonly lastWord: readonly Piece[];
}

/** First wait before a flight is sent again; each next one is twice as long, but never longer than people wait for sound. @rfc 6347#4.2.4.1 */
const RESEND_AFTER = ms(250);
const LONGEST_WAIT = ms(2_000);
/** So that all of them are half a minute. */
const MAX_RESENDS = 16;
/** A peer that repeats itself gets our last flight again, no more often than this, and after the handshake no more times than a flight is sent. */
const REPEAT_EVERY = ms(100);
/** What passes through every network in one piece, with room for the headers below. */
const MAX_DATAGRAM = 1_200;

type Piece = Omit<DtlsRecord, "sequence">;

/** Both sides' messages on the wire: records, flights that are sent again until they are answered, and the transcript. */
export class DtlsChannel {
  readonly #parts: ChannelParts;
  readonly #assembly: HandshakeAssembly;
  #transcript: Uint8Array[] = [];
  #flight: readonly Piece[] = [];
  /** Nobody answers our flight any more: it ends the handshake. */
  #isLastWord = false;
  #pending: Piece[] = [];
  #nextMessage = 0;
  #epoch = 0;
  readonly #nextRecords: number[];
  #ours: WriteKeys | undefined;
  #theirs: WriteKeys | undefined;
  #timer: Timer | undefined;
  #resends = 0;
  #sentAt: Millis | undefined;
  #isClosed = false;
  #isDone = false;

  constructor(parts: ChannelParts, snapshot?: ChannelSnapshot) {
    this.#parts = parts;
    this.#assembly = new HandshakeAssembly(snapshot?.nextMessage);
    this.#nextRecords = [...(snapshot?.nextRecords ?? [0, 0])];
    if (snapshot === undefined) return;
    this.#epoch = 1;
    this.#isDone = true;
    this.#flight = snapshot.lastWord;
    this.setKeys(snapshot.ours, snapshot.theirs);
  }

  /** Takes a datagram. What is not the peer's, or makes no sense, changes nothing. */
  take(datagram: Uint8Array): void {
    for (const record of parseRecords(datagram)) {
      if (this.#isClosed) return;
      const open = this.#opened(record);
      if (open !== undefined) this.#takeRecord(open);
    }
  }

  /** In the clear as long as nothing else is possible, then under the peer's keys alone. */
  #opened(record: DtlsRecord): DtlsRecord | undefined {
    if (record.epoch === 0) return record;
    if (record.epoch !== 1 || this.#theirs === undefined) return undefined;
    return openRecord(this.#parts.crypto, this.#theirs, record);
  }

  #takeRecord({ type, epoch, body }: DtlsRecord): void {
    if (type === contentType.alert) {
      // Anybody could have said it in the clear; once there are keys it takes those.
      if (epoch === 1 || !this.#isDone) this.#parts.onAlert(body[0] ?? 0, body[1] ?? 0);
      return;
    }
    // The change of keys shows by the epoch; of other data there is none.
    if (type !== contentType.handshake) return;
    const { messages, isRepeat } = this.#assembly.take(body, epoch);
    if (isRepeat && messages.length === 0) this.#repeat(epoch);
    for (const message of messages) if (!this.#isClosed && !this.#isDone) this.#parts.onMessage(message);
  }

  /** Adds a message of the peer to the transcript. */
  heard(message: HandshakeMessage): void {
    this.#transcript.push(printMessage(message));
  }

  /** Adds a message to our next flight, and to the transcript. */
  say(type: number, body: Uint8Array): void {
    const message = printMessage({ type, sequence: this.#nextMessage++, body });
    this.#transcript.push(message);
    this.#pending.push({ type: contentType.handshake, epoch: this.#epoch, body: message });
  }

  /** What we say from now on is under our keys. */
  changeKeys(): void {
    this.#pending.push({ type: contentType.changeCipherSpec, epoch: 0, body: Uint8Array.of(1) });
    this.#epoch = 1;
  }

  /** Sends our flight, again and again until the next one, or until it `isLast`. */
  flush(isLast: boolean): void {
    this.#flight = this.#pending;
    this.#pending = [];
    this.#isLastWord = isLast;
    this.#resends = 0;
    this.#transmit();
    this.#timer?.cancel();
    if (!isLast) this.#wait();
  }

  /** What both sides have said so far, in short. */
  transcriptHash(): Uint8Array {
    return this.#parts.crypto.sha256(this.transcript());
  }

  /** What both sides have said so far. */
  transcript(): Uint8Array {
    return joined(...this.#transcript);
  }

  /** What was said before does not count. @rfc 6347#4.2.1 */
  forget(): void {
    this.#transcript = [];
  }

  setKeys(ours: WriteKeys, theirs: WriteKeys): void {
    this.#ours = ours;
    this.#theirs = theirs;
  }

  /** The handshake is over: nothing is asked any more, only our last flight is repeated for who has missed it. */
  finish(): void {
    this.#isDone = true;
    this.#timer?.cancel();
    // Who has heard the last word and answers its repetition would be answered in turn, for ever.
    if (!this.#isLastWord) this.#flight = [];
  }

  /** What another worker needs to go on; undefined before the handshake is done, and once it is over. */
  snapshot(): ChannelSnapshot | undefined {
    const [ours, theirs] = [this.#ours, this.#theirs];
    if (!this.#isDone || this.#isClosed || ours === undefined || theirs === undefined) return undefined;
    const { next } = this.#assembly;
    return { ours, theirs, nextRecords: [...this.#nextRecords], nextMessage: next, lastWord: this.#flight };
  }

  /** Says why, under our keys where there are any, and falls silent. */
  close(level: number, description: number): void {
    if (this.#isClosed) return;
    this.#flight = [{ type: contentType.alert, epoch: this.#epoch, body: Uint8Array.of(level, description) }];
    this.#transmit();
    this.fallSilent();
  }

  /** Sends nothing any more. */
  fallSilent(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    this.#timer = this.#parts.clock.after(ms(Math.min(LONGEST_WAIT, RESEND_AFTER * 2 ** this.#resends)), () => {
      if (this.#resends >= MAX_RESENDS) return this.#parts.onSilence();
      this.#resends++;
      this.#transmit();
      this.#wait();
    });
  }

  /** Once there are keys, only who has them is believed to have missed something. */
  #repeat(epoch: number): void {
    if (this.#isDone && (epoch === 0 || this.#resends >= MAX_RESENDS)) return;
    const now = this.#parts.clock.monotonic();
    if (this.#sentAt !== undefined && now - this.#sentAt < REPEAT_EVERY) return;
    if (this.#isDone) this.#resends++;
    this.#transmit();
  }

  #transmit(): void {
    this.#sentAt = this.#parts.clock.monotonic();
    let datagram: Uint8Array = new Uint8Array(0);
    for (const piece of this.#flight) {
      const record = this.#print(piece);
      if (datagram.length > 0 && datagram.length + record.length > MAX_DATAGRAM) {
        this.#parts.send(datagram);
        datagram = new Uint8Array(0);
      }
      datagram = joined(datagram, record);
    }
    if (datagram.length > 0) this.#parts.send(datagram);
  }

  /** A record that is sent again has a number of its own. */
  #print(piece: Piece): Uint8Array {
    const sequence = this.#nextRecords[piece.epoch] ?? 0;
    this.#nextRecords[piece.epoch] = sequence + 1;
    const record = { ...piece, sequence };
    if (piece.epoch === 0 || this.#ours === undefined) return printRecord(record);
    return printRecord(sealRecord(this.#parts.crypto, this.#ours, record));
  }
}
