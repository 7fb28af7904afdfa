import type { RemoteInfo } from "node:dgram";
import type { LegQuality, NegotiatedMedia, RecordEnd, SoundFact, SpeaksTo } from "@cordboard/core";
import type { DtlsCrypto } from "@cordboard/dtls";
import type { ActionId, Clock, LegId, Millis, Random } from "@cordboard/kernel";
import { ms, randomHex } from "@cordboard/kernel";
import type { HeardDigit, RtpFields } from "@cordboard/rtp";
import { readRtp } from "@cordboard/rtp";
import type { SoundTimings } from "../timings.ts";
import type { Endpoint } from "./addresses.ts";
import { LegInput } from "./leg-input.ts";
import { LegOutput } from "./leg-output.ts";
import { legQuality } from "./leg-quality.ts";
import type { LegRecording } from "./leg-recording.ts";
import type { Moment } from "./leg-rtcp.ts";
import { LegRtcp } from "./leg-rtcp.ts";
import type { LegSnapshot } from "./leg-snapshot.ts";
import type { LegSockets } from "./leg-sockets.ts";
import { LegTaps } from "./leg-taps.ts";
import { LegWire } from "./leg-wire.ts";
import { OutgoingStream, randomStart } from "./outgoing-stream.ts";
import type { Pacer } from "./pacer.ts";
import type { Playing } from "./playable.ts";
import type { Room, RoomMember } from "./room.ts";
import type { Route } from "./route.ts";
import { planRoute } from "./route.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** What the legs of a worker share. */
export interface LegParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly pacer: Pacer;
  readonly timings: SoundTimings;
  /** Filled anew for each packet. */
  readonly fields: RtpFields;
  readonly nextOrigin: () => number;
  /** Who we are in handshakes. */
  readonly dtls: DtlsCrypto;
  onFact(fact: SoundFact): void;
}

/** Most digits that are told between two ticks; fingers make one. */
const MAX_DIGITS = 4;

/** One leg's sound: what comes from its peer, what goes to it, and whose sound that is. */
export class Leg implements RoomMember {
  readonly id: LegId;
  readonly #parts: LegParts;
  readonly #wire: LegWire;
  readonly #stream: OutgoingStream;
  readonly #input: LegInput;
  readonly #output: LegOutput;
  readonly #rtcp: LegRtcp;
  readonly #silence: SilenceWatch;
  readonly #taps: LegTaps = new LegTaps(this);
  #media: NegotiatedMedia | undefined;
  #isReceiving = false;
  /** Who hears this leg: its partner, or itself. */
  #heardBy: { readonly leg: Leg; readonly route: Route } | undefined;
  #partner: Leg | undefined;
  /** The leg that this one is to be joined with as soon as it has come from another worker. */
  #waitsFor: LegId | undefined;
  #isEcho = false;
  /** A sound that was ordered before the peer was connected. */
  #waitingSound: { readonly playing: Playing; readonly action: ActionId } | undefined;
  /** Digits since the last tick. */
  #digitsTold = 0;
  #reportAt: number;

  constructor(id: LegId, parts: LegParts, snapshot: LegSnapshot | undefined) {
    const now = parts.clock.monotonic();
    this.id = id;
    this.#parts = parts;
    this.#wire = new LegWire(
      parts,
      {
        onRtp: (packet, from) => this.#hear(packet, from),
        onRtcp: (packet) => this.#rtcp.hear(packet, this.#moment()),
        onCutOff: (trouble, why) => parts.onFact({ type: "cut-off", leg: id, trouble, why }),
      },
      snapshot?.wire,
    );
    this.#silence = new SilenceWatch(parts.timings.silentAfter);
    this.#stream = new OutgoingStream(snapshot?.outgoing ?? randomStart(parts.random), now);
    this.#input = new LegInput(parts.nextOrigin, snapshot ?? { packetsReceived: 0, packetsLost: 0 });
    this.#rtcp = new LegRtcp(this.#stream, this.#input, randomHex(parts.random, 12));
    this.#output = new LegOutput({
      stream: this.#stream,
      pacer: parts.pacer,
      fields: parts.fields,
      nextOrigin: parts.nextOrigin,
      send: (packet) => this.#send(packet),
      onPlayed: (action) => parts.onFact({ type: "play-done", leg: id, action }),
    });
    this.#reportAt = now + this.#untilReport();
    if (snapshot !== undefined) this.#restore(snapshot);
  }

  /** Gives the leg its bound sockets. */
  attach(sockets: LegSockets): void {
    this.#wire.attach(sockets);
  }

  /** Sets or changes what was agreed with the peer. */
  connect(media: NegotiatedMedia): void {
    const { clock } = this.#parts;
    const now = clock.monotonic();
    this.#media = media;
    this.#isReceiving = media.direction === "sendrecv" || media.direction === "recvonly";
    this.#wire.connect(media, now);
    this.#input.agree(media);
    this.#output.agree(media);
    this.#silence.expect(this.#isReceiving, now);
    this.#plan();
    if (this.#partner !== undefined) this.#partner.#plan();
    const waiting = this.#waitingSound;
    this.#waitingSound = undefined;
    if (waiting !== undefined) this.play(waiting.playing, waiting.action);
  }

  /** Joins two legs; each hears the other. */
  static join(a: Leg, b: Leg): void {
    a.part();
    b.part();
    a.#partner = b;
    b.#partner = a;
    a.#plan();
    b.#plan();
  }

  /** Parts, to be joined with a leg that is still on its way here. */
  waitFor(other: LegId): void {
    this.part();
    this.#waitsFor = other;
  }

  get waitsFor(): LegId | undefined {
    return this.#waitsFor;
  }

  /** Takes part in a room in place of what it was joined with; in the same room again it only changes whom it speaks to. */
  enter(room: Room, speaksTo: SpeaksTo): void {
    if (!this.isIn(room)) {
      this.part();
      this.stop();
      this.#output.beginMix();
    }
    this.#taps.enter(room, speaksTo);
  }

  isIn(room: Room): boolean {
    return this.#taps.room === room;
  }

  /** Takes 20 ms of its room. */
  hearMix(samples: Int16Array, now: Millis): void {
    if (!this.#isEcho) this.#output.mixed(samples, now);
  }

  /** Ends the joint with another leg, for both, or its part in a room. */
  part(): void {
    this.#waitsFor = undefined;
    this.#taps.leaveRoom();
    const partner = this.#partner;
    this.#partner = undefined;
    this.#plan();
    if (partner === undefined) return;
    partner.#partner = undefined;
    partner.#plan();
  }

  /** Plays a sound in place of what the peer hears; before the peer is connected it waits for that. */
  play(playing: Playing, action: ActionId): void {
    this.stop();
    if (this.#media === undefined) this.#waitingSound = { playing, action };
    else if (this.#output.canPlay) this.#output.play(playing, action);
    else this.#parts.onFact({ type: "play-done", leg: this.id, action });
  }

  /** Plays silence in place of what the peer hears, whatever its codecs: then nothing at all is sent. */
  silence(silence: Playing, action: ActionId): void {
    this.stop();
    this.#output.play(silence, action);
  }

  /** Lets the peer hear itself. Meanwhile nobody else hears it. */
  echo(): void {
    this.stop();
    this.#isEcho = true;
    this.#plan();
  }

  /** Ends what is played or echoed, without a word; a partner is heard again. */
  stop(): void {
    this.#waitingSound = undefined;
    this.#output.stop();
    this.#isEcho = false;
    this.#plan();
  }

  /** What is being written of it. */
  get recording(): LegRecording | undefined {
    return this.#taps.recording;
  }

  /** Gives what it says and hears to a recording, until that is over (undefined). */
  record(recording: LegRecording | undefined): void {
    this.#taps.record(recording);
  }

  /** Tells the peer, and whom it hears, that they are recorded. */
  tellRecorded(): void {
    this.#partner?.hearNotice();
    for (const member of this.#taps.room?.members ?? [this]) member.hearNotice();
  }

  hearNotice(): void {
    this.#output.notice();
  }

  /** False when the peer did not agree to telephone events. */
  sendDigits(digits: string): boolean {
    return this.#output.sendDigits(digits);
  }

  /** A datagram on the RTP port. */
  onRtp(datagram: Buffer, from: RemoteInfo): void {
    this.#wire.onRtp(datagram, from);
  }

  /** A datagram on the RTCP port. */
  onRtcp(datagram: Buffer, from: RemoteInfo): void {
    this.#wire.onRtcp(datagram, from);
  }

  /** This runs for every packet: it makes no garbage of its own. */
  #hear(packet: Uint8Array, from: Endpoint): void {
    const { fields, clock } = this.#parts;
    if (this.#media === undefined || !readRtp(packet, fields)) return;
    const now = clock.monotonic();
    const isKnown = this.#input.knows(fields.payload);
    if (!this.#wire.admits(from, isKnown, now)) return;
    this.#input.receive(fields, now);
    if (this.#silence.hear(now)) this.#parts.onFact({ type: "heard", leg: this.id });
    if (!isKnown || !this.#isReceiving) return;
    if (this.#input.isDigits(fields.payload)) {
      this.#tellDigits(this.#input.hearDigits(fields, packet, now));
      if (this.#isEcho) return;
    }
    // Before the relay, which rewrites packet and fields.
    if (this.#taps.areOpen) this.#tap(packet);
    const heardBy = this.#heardBy;
    if (heardBy !== undefined) heardBy.leg.#output.relay(packet, heardBy.route, this.#input.origin, now);
  }

  #tap(packet: Uint8Array): void {
    const { fields } = this.#parts;
    const law = this.#input.lawOf(fields.payload);
    if (law !== undefined) this.#taps.said(packet, fields, this.#input.origin, law);
  }

  /** Looks after what time brings: lost ends of digits, silence, reports. */
  tick(now: Millis): void {
    this.#wire.tick();
    this.#digitsTold = 0;
    this.#tellDigits(this.#input.lookForLostEnds(now));
    const since = this.#silence.check(now);
    if (since !== undefined) this.#parts.onFact({ type: "silent", leg: this.id, since });
    if (now < this.#reportAt || this.#media === undefined) return;
    this.#reportAt = now + this.#untilReport();
    this.#wire.sendRtcp(this.#rtcp.report(this.#moment()));
    this.#parts.onFact({ type: "quality", leg: this.id, quality: this.quality() });
  }

  /** How well the sound has travelled so far. */
  quality(): LegQuality {
    return legQuality({
      codec: (this.#input.codec ?? this.#media?.codecs[0])?.name ?? "",
      stream: this.#stream,
      input: this.#input,
      rtcp: this.#rtcp,
      packetsForeign: this.#wire.packetsForeign,
    });
  }

  /** Says goodbye and closes the sockets; settles when they are closed. */
  async close(): Promise<LegQuality> {
    if (this.#media !== undefined) this.#wire.sendRtcp(this.#rtcp.goodbye(this.#moment()));
    await this.leave("leg-ended");
    return this.quality();
  }

  /** Closes the sockets without a word, and tells what another worker needs to go on. */
  async release(): Promise<LegSnapshot> {
    await this.#wire.settled();
    const digitsWaiting = this.#output.digitsWaiting;
    const recording = await this.recording?.release();
    const wire = this.#wire.release();
    await this.leave("leg-ended");
    return {
      media: this.#media,
      wire,
      outgoing: this.#stream.snapshot(this.#parts.clock.monotonic()),
      digitsWaiting,
      recording,
      ...this.#input.counts,
    };
  }

  /** Closes the sockets without a word; settles when they are closed, and the recording of it is complete. */
  async leave(why: RecordEnd): Promise<void> {
    this.part();
    this.#output.close();
    await Promise.all([this.#wire.close(), this.recording?.end(why)]);
  }

  #restore({ media, wire, digitsWaiting }: LegSnapshot): void {
    if (media !== undefined) this.connect(media);
    this.#wire.restore(wire.source);
    if (digitsWaiting !== "") this.sendDigits(digitsWaiting);
  }

  /** Finds out anew who hears this leg, and how. */
  #plan(): void {
    const leg = this.#isEcho ? this : this.#partner;
    const [from, to] = [this.#media, leg === undefined ? undefined : leg.#media];
    this.#heardBy =
      leg === undefined || from === undefined || to === undefined ? undefined : { leg, route: planRoute(from, to) };
  }

  #send(packet: Uint8Array): void {
    if (!this.#wire.hasTarget) return;
    if (this.recording !== undefined) this.#tapSent(packet);
    this.#wire.sendRtp(packet);
  }

  #tapSent(packet: Uint8Array): void {
    const { fields } = this.#parts;
    const law = this.#output.lawOf(fields.payload);
    if (law !== undefined) this.#taps.heard(packet, fields, law);
  }

  #tellDigits(digits: readonly HeardDigit[]): void {
    for (const { digit, lasted } of digits)
      if (++this.#digitsTold <= MAX_DIGITS) this.#parts.onFact({ type: "digit", leg: this.id, digit, lasted });
  }

  #moment(): Moment {
    const { clock } = this.#parts;
    return { monotonic: clock.monotonic(), wall: clock.now() };
  }

  /** Time to the next report: half to one and a half times the mean, so that the legs' reports spread (RFC 3550 §6.2). */
  #untilReport(): Millis {
    const [dice = 0] = this.#parts.random.bytes(1);
    return ms(this.#parts.timings.reportEvery * (0.5 + dice / 255));
  }
}
