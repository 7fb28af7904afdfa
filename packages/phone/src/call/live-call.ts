import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Dialog, DialogHandlers, SipRequest } from "@cordboard/sip";
import { glareDelay } from "@cordboard/sip";
import type { Within } from "../conditions.ts";
import { Conditions, PhoneError } from "../conditions.ts";
import type { Line } from "../line.ts";
import type { HeardTone, SilenceWanted, ToneWanted } from "../sound/hearing.ts";
import { hearSilence, hearTone } from "../sound/hearing.ts";
import type { Recording } from "../sound/recording.ts";
import type { RtpStatistics } from "../sound/rtp-session.ts";
import { isAudible, RtpSession } from "../sound/rtp-session.ts";
import type { SoundSource } from "../sound/sound-source.ts";
import type { CallEnd, CallState, DeclineOptions, DigitOptions, HangUpOptions, PhoneCall, Ringing } from "../types.ts";
import { Conversation } from "./conversation.ts";
import { MediaTerms } from "./media-terms.ts";

/** What differs between a call that comes in and one that goes out, until it is answered. */
export interface Signalling {
  ring(isEarlyMedia: boolean): Promise<void>;
  answer(): Promise<void>;
  /** Ends a call that is not answered. */
  refuse(status: number, options: DeclineOptions): void;
  /** Gives up a call that is not answered. */
  giveUp(reason: string | undefined): void;
}

/** What a call is from its first moment. */
export interface CallOrigin {
  readonly direction: "in" | "out";
  readonly peer: string;
  readonly invite: SipRequest | undefined;
  readonly sound: SoundSource;
  /** Called once, when the call is over and its port is free. */
  readonly onOver: (call: LiveCall) => void;
}

/** Digits that are remembered; more are dropped. */
const MAX_DIGITS_HEARD = 1000;

/**
 * A call of a scripted phone:
 *
 *     starting ──▶ ringing ──▶ talking ──▶ over
 *         └───────────┴──────────────────────▲
 *
 * The signalling of its direction moves it by {@link rang}, {@link talks} and {@link finish}.
 */
export class LiveCall implements PhoneCall {
  readonly direction: "in" | "out";
  readonly peer: string;
  readonly invite: SipRequest | undefined;
  readonly sound: RtpSession;
  readonly #line: Line;
  readonly #origin: CallOrigin;
  readonly #conditions: Conditions;
  readonly #conversation: Conversation;
  #signalling: Signalling | undefined;
  #terms: Promise<MediaTerms> | undefined;
  #callId: string;
  #ringing: Ringing | undefined;
  #isAnswered = false;
  #end: CallEnd | undefined;
  #isSettled = false;
  #digits = "";

  constructor(line: Line, origin: CallOrigin) {
    this.direction = origin.direction;
    this.peer = origin.peer;
    this.invite = origin.invite;
    this.#line = line;
    this.#origin = origin;
    this.#callId = origin.invite?.headers.callId ?? "";
    this.#conditions = new Conditions(line.clock);
    const onDigit = (digit: string): void => this.#heardDigit(digit);
    this.sound = new RtpSession({ ...line, onDigit });
    this.#conversation = new Conversation({
      terms: () => this.terms(),
      glareDelay: () => glareDelay(origin.direction === "out", line.random.bytes(1)[0] ?? 0),
      pause: (time) => this.pause(time),
      onDigit,
      onEnd: (end) => this.finish(end),
    });
  }

  get callId(): string {
    return this.#callId;
  }

  get state(): CallState["state"] {
    if (this.#end !== undefined) return "over";
    if (this.#isAnswered) return "talking";
    return this.#ringing === undefined ? "starting" : "ringing";
  }

  get digits(): string {
    return this.#digits;
  }

  get isHeld(): boolean {
    return this.sound.agreed?.isHeld ?? false;
  }

  /** How many conditions are waited for. */
  get waits(): number {
    return this.#conditions.pending;
  }

  // What the signalling tells.

  /** Gives the call its signalling; before, it can only end. */
  begin(signalling: Signalling): void {
    this.#signalling = signalling;
  }

  /** Names the dialog of an outgoing call. */
  sent(callId: string): void {
    this.#callId = callId;
  }

  rang(ringing: Ringing): void {
    if (this.#end !== undefined || this.#isAnswered) return;
    this.#ringing = ringing;
    this.#conditions.changed();
  }

  /** What the dialog of this call is to tell. */
  get handlers(): DialogHandlers {
    return this.#conversation.handlers;
  }

  /** Our 2xx carries an offer, because the INVITE had none: the ACK is to bring the answer. */
  offered(): void {
    this.#conversation.expectAnswer();
  }

  talks(dialog: Dialog): void {
    this.#conversation.begin(dialog);
    if (this.#end !== undefined) return;
    this.#isAnswered = true;
    this.sound.start();
    this.#conditions.changed();
  }

  /** The call is over, for the first reason given. */
  finish(end: CallEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#conditions.changed();
    void this.sound.close().then(() => {
      this.#isSettled = true;
      this.#conditions.changed();
      this.#origin.onOver(this);
    });
  }

  /** Offers and answers of this call; the first use binds its port and loads its sound. Rejects when either fails. */
  terms(): Promise<MediaTerms> {
    this.#terms ??= this.#makeTerms();
    return this.#terms;
  }

  async #makeTerms(): Promise<MediaTerms> {
    const endpoint = await this.sound.open(this.#line.soundAddress);
    await this.sound.play(this.#origin.sound);
    return new MediaTerms(endpoint, this.#line, (agreed) => {
      this.sound.agree(agreed);
      this.#conditions.changed();
    });
  }

  // What a test or script waits for.

  ringing({ within }: Within = {}): Promise<Ringing> {
    return this.#until("ringing", () => this.#ringing ?? (this.#isAnswered ? NOT_RUNG : undefined), within);
  }

  answered({ within }: Within = {}): Promise<void> {
    return this.#until("an answer", () => (this.#isAnswered ? true : undefined), within).then(nothing);
  }

  ended({ within }: Within = {}): Promise<CallEnd> {
    const look = (): CallEnd | undefined => (this.#isSettled ? this.#end : undefined);
    return this.#conditions.until(() => `the end of a call (${this.#standing()})`, look, within);
  }

  held({ within }: Within = {}): Promise<void> {
    return this.#until("being held", () => (this.isHeld ? true : undefined), within).then(nothing);
  }

  resumed({ within }: Within = {}): Promise<void> {
    return this.#until("being resumed", () => (this.isHeld ? undefined : true), within).then(nothing);
  }

  digitsHeard(wanted: string, { within }: Within = {}): Promise<string> {
    const what = (): string => `the digits ${wanted} ("${this.#digits}" were heard)`;
    return this.#until(what, () => (this.#digits.includes(wanted) ? this.#digits : undefined), within);
  }

  async hears(frequencyHz: number, wanted: ToneWanted = {}): Promise<HeardTone> {
    if (!isAudible(this.sound.agreed)) throw this.#impossible(`${this.rtp().codec} cannot be decoded`);
    return hearTone(this.#earPlace(), frequencyHz, wanted);
  }

  async hearsSilence(wanted: SilenceWanted = {}): Promise<void> {
    if (!isAudible(this.sound.agreed)) throw this.#impossible(`${this.rtp().codec} cannot be decoded`);
    return hearSilence(this.#earPlace(), wanted);
  }

  /** Resolves after so long; rejects when the call ends before. */
  pause(time: Millis): Promise<void> {
    let isOver = time <= 0;
    const timer = this.#line.clock.after(time, () => {
      isOver = true;
      this.#conditions.changed();
    });
    const look = (): true | undefined => (isOver ? true : undefined);
    return this.#until("a pause", look, ms(time + 1000))
      .then(nothing)
      .finally(() => timer.cancel());
  }

  // What a test or script does.

  async ring({ earlyMedia = false }: { readonly earlyMedia?: boolean } = {}): Promise<void> {
    await this.#unanswered("ring").ring(earlyMedia);
  }

  async answer(): Promise<void> {
    await this.#unanswered("be answered").answer();
  }

  decline(status = 603, options: DeclineOptions = {}): void {
    this.#unanswered("be declined").refuse(status, options);
  }

  cancel(reason?: string): void {
    this.#unanswered("be cancelled").giveUp(reason);
  }

  async hangUp({ reason }: HangUpOptions = {}): Promise<CallEnd> {
    if (this.#end === undefined && this.#isAnswered) await this.#conversation.bye(reason);
    else if (this.#end === undefined) this.#unanswered("be ended").giveUp(reason);
    return this.ended();
  }

  hold(): Promise<void> {
    return this.#talking("be held").renegotiate("sendonly");
  }

  resume(): Promise<void> {
    return this.#talking("be resumed").renegotiate("sendrecv");
  }

  async sendDigits(digits: string, options: DigitOptions = {}): Promise<void> {
    const { by = "rtp", durationMs = ms(100), gapMs = ms(60) } = options;
    if (by === "info") return this.#talking("be sent digits").sendInfoDigits(digits, durationMs, gapMs);
    let isSent = false;
    this.sound.sendDigits(digits, durationMs, gapMs, () => {
      isSent = true;
      this.#conditions.changed();
    });
    const within = ms(10_000 + digits.length * (durationMs + gapMs + 100));
    await this.#until("digits to be sent", () => (isSent ? true : undefined), within);
  }

  play(sound: SoundSource): Promise<void> {
    return this.sound.play(sound);
  }

  recordTo(path: string): Recording {
    return this.sound.recordTo(path);
  }

  rtp(): RtpStatistics {
    return this.sound.statistics();
  }

  describe(): CallState {
    return { callId: this.#callId, direction: this.direction, peer: this.peer, state: this.state };
  }

  /** Rejects all that is still waited for. */
  close(): void {
    this.#conditions.close();
  }

  #until<Value>(
    what: string | (() => string),
    look: () => Value | undefined,
    within: Millis | undefined,
  ): Promise<Value> {
    const said = (): string => `${typeof what === "string" ? what : what()} (${this.#standing()})`;
    return this.#conditions.until(said, () => look() ?? this.#isOver(), within);
  }

  #earPlace(): Parameters<typeof hearTone>[0] {
    return {
      clock: this.#line.clock,
      conditions: this.#conditions,
      listen: (hear) => this.sound.listen(hear),
      deaf: () => this.#isOver(),
    };
  }

  #isOver(): PhoneError | undefined {
    return this.#end === undefined ? undefined : new PhoneError("call-over", this.#standing());
  }

  #standing(): string {
    const name = this.direction === "out" ? `the call to ${this.peer}` : `the call from ${this.peer}`;
    if (this.#end === undefined) return `${name} is ${this.state}`;
    return `${name} was ended by the ${this.#end.by} side with ${this.#end.status} ${this.#end.reason}`;
  }

  #impossible(why: string): PhoneError {
    return this.#isOver() ?? new PhoneError("not-possible", `${why} (${this.#standing()})`);
  }

  #unanswered(wish: string): Signalling {
    if (this.#signalling === undefined || this.#isAnswered || this.#end !== undefined)
      throw this.#impossible(`it cannot ${wish} any more`);
    return this.#signalling;
  }

  #talking(wish: string): Conversation {
    if (!this.#isAnswered || this.#end !== undefined) throw this.#impossible(`it cannot ${wish} now`);
    return this.#conversation;
  }

  #heardDigit(digit: string): void {
    if (this.#digits.length < MAX_DIGITS_HEARD) this.#digits += digit;
    this.#conditions.changed();
  }
}

/** A call that was answered without ringing before. */
const NOT_RUNG: Ringing = { status: 200, hasSound: true };

const nothing = (): void => {};
