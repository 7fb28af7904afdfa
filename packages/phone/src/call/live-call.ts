import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Dialog, DialogHandlers, Endpoint, Headers, Replaces, SipRequest } from "@cordboard/sip";
import { glareDelay } from "@cordboard/sip";
import type { Within } from "../conditions.ts";
import { atMost, PhoneError } from "../conditions.ts";
import type { Line } from "../line.ts";
import type { EarPlace, HeardTone, SilenceWanted, ToneWanted } from "../sound/hearing.ts";
import { hearSilence, hearTone } from "../sound/hearing.ts";
import type { Recording } from "../sound/recording.ts";
import type { RtpStatistics } from "../sound/rtp-session.ts";
import { isAudible, RtpSession } from "../sound/rtp-session.ts";
import type { SoundSource } from "../sound/sound-source.ts";
import { isElsewhere } from "../sound/sound-source.ts";
import type { CallState, DigitOptions, PhoneCall, Ringing } from "../types.ts";
import { asksToBeAnswered } from "./asked-to-answer.ts";
import { CallCourse } from "./call-course.ts";
import { Conversation } from "./conversation.ts";
import type { CallEnd, DeclineOptions, HangUpOptions } from "./ending.ts";
import { MediaTerms } from "./media-terms.ts";
import type { Shown } from "./shown.ts";
import { callerIn, identityIn } from "./shown.ts";

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
  readonly number: string;
  readonly invite: SipRequest | undefined;
  readonly sound: SoundSource;
  /** Called once, when the call is over and its port is free. */
  readonly onOver: (call: LiveCall) => void;
}

/** Digits that are remembered; more are dropped. */
const MAX_DIGITS_HEARD = 1000;

/** Events that are remembered; more are dropped. */
const MAX_EVENTS = 100;

/** How long the end of a call waits for the answer to our BYE. */
const GOODBYE = ms(2000);

/** A call that was answered without ringing before. */
const NOT_RUNG: Ringing = { status: 200, hasSound: true };

/**
 * A call of a scripted phone: its course, its sound, and the conversation once it is answered. The signalling of its
 * direction moves it on by {@link rang}, {@link talks} and {@link finish}.
 */
export class LiveCall implements PhoneCall {
  readonly direction: "in" | "out";
  readonly peer: string;
  readonly number: string;
  readonly invite: SipRequest | undefined;
  readonly sound: RtpSession;
  readonly #line: Line;
  readonly #origin: CallOrigin;
  readonly #course: CallCourse;
  readonly #conversation: Conversation;
  #signalling: Signalling | undefined;
  #terms: Promise<MediaTerms> | undefined;
  #callId: string;
  #digits = "";
  #shows: Shown;
  readonly #events: string[] = [];

  constructor(line: Line, origin: CallOrigin) {
    const { direction, peer, number, invite } = origin;
    this.direction = direction;
    this.peer = peer;
    this.number = number;
    this.invite = invite;
    this.#line = line;
    this.#origin = origin;
    this.#callId = invite?.headers.callId ?? "";
    this.#shows = invite === undefined ? { name: "", number } : callerIn(invite.headers);
    this.#course = new CallCourse(line.clock, direction === "out" ? `the call to ${peer}` : `the call from ${peer}`);
    const onDigit = (digit: string): void => this.#heardDigit(digit);
    this.sound = new RtpSession({ ...line, onDigit });
    this.#conversation = new Conversation({
      terms: () => this.terms(),
      glareDelay: () => glareDelay(direction === "out", line.random.bytes(1)[0] ?? 0),
      pause: (time) => this.pause(time),
      onDigit,
      onRequest: ({ headers }) => this.heardFrom(headers),
      onEnd: (end) => this.finish(end),
    });
  }

  get callId(): string {
    return this.#callId;
  }

  get state(): CallState["state"] {
    return this.#course.state;
  }

  get digits(): string {
    return this.#digits;
  }

  get shows(): Shown {
    return this.#shows;
  }

  get asksToBeAnswered(): boolean {
    return this.invite !== undefined && asksToBeAnswered(this.invite.headers);
  }

  get events(): readonly string[] {
    return this.#events;
  }

  get replaces(): Replaces | undefined {
    return this.#conversation.replaces;
  }

  get soundGoesTo(): Endpoint | undefined {
    return this.sound.agreed?.remote;
  }

  get isHeld(): boolean {
    return this.sound.agreed?.isHeld ?? false;
  }

  /** How many conditions are waited for. */
  get waits(): number {
    return this.#course.conditions.pending;
  }

  /** What the dialog of this call is to tell. */
  get handlers(): DialogHandlers {
    return this.#conversation.handlers;
  }

  /** Gives the call its signalling; before, it can only end. */
  begin(signalling: Signalling): void {
    this.#signalling = signalling;
  }

  /** The INVITE of an outgoing call has left. */
  sent(callId: string): void {
    this.#callId = callId;
  }

  /** Our 2xx carries an offer, because the INVITE had none: the ACK is to bring the answer. */
  offered(): void {
    this.#conversation.expectAnswer();
  }

  /** What a message of the other side says of who that is. */
  heardFrom(headers: Headers): void {
    this.#shows = identityIn(headers) ?? this.#shows;
    this.#course.conditions.changed();
  }

  /** The server has told of an event. */
  notified(event: string): void {
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
    this.#course.conditions.changed();
  }

  rang(ringing: Ringing): void {
    this.#course.rang(ringing);
  }

  talks(dialog: Dialog): void {
    this.#conversation.begin(dialog);
    if (this.state === "over") return;
    this.sound.start();
    this.#course.answered();
  }

  /** The call is over, for the first reason given. */
  finish(end: CallEnd): void {
    if (this.#course.ended(end)) void this.#settle();
  }

  /** Ends an answered call because of what was agreed, or not. */
  part(status: number): void {
    if (this.state === "talking") this.#conversation.bye(`SIP;cause=${status}`);
  }

  /** Offers and answers of this call; the first use binds its port and loads its sound. Rejects when either fails. */
  terms(): Promise<MediaTerms> {
    this.#terms ??= this.#makeTerms();
    return this.#terms;
  }

  ringing({ within }: Within = {}): Promise<Ringing> {
    const look = (): Ringing | undefined => this.#course.ringing ?? (this.#course.isAnswered ? NOT_RUNG : undefined);
    return this.#course.until("ringing", look, within);
  }

  async answered({ within }: Within = {}): Promise<void> {
    await this.#course.until("an answer", () => this.#course.isAnswered || undefined, within);
  }

  ended({ within }: Within = {}): Promise<CallEnd> {
    const what = (): string => `the end (${this.#course.standing})`;
    return this.#course.conditions.until(what, () => this.#course.settledEnd, within);
  }

  async held({ within }: Within = {}): Promise<void> {
    await this.#course.until("being held", () => this.isHeld || undefined, within);
  }

  async resumed({ within }: Within = {}): Promise<void> {
    await this.#course.until("being resumed", () => !this.isHeld || undefined, within);
  }

  showsNumber(number: string, { within }: Within = {}): Promise<Shown> {
    const what = (): string => `${number} to be shown in place of ${this.#shows.number}`;
    return this.#course.until(what, () => (this.#shows.number === number ? this.#shows : undefined), within);
  }

  async transfer(to: string | PhoneCall, { within }: Within = {}): Promise<number> {
    const conversation = this.#talking("be sent on");
    const replaces = typeof to === "string" ? undefined : to.replaces;
    if (typeof to !== "string" && replaces === undefined)
      throw this.#course.impossible("the other call is not answered");
    const number = typeof to === "string" ? to : to.peer;
    const referral = conversation.refer(number, replaces === undefined ? {} : { replaces });
    if (referral === undefined) throw this.#course.impossible("the other side cannot be asked");
    const accepted = await referral.accepted;
    if (!accepted.ok) throw new PhoneError("not-possible", `REFER was answered with ${accepted.status}`);
    let told: number | PhoneError | undefined;
    void referral.result.then((status) => {
      told = status ?? new PhoneError("not-possible", "the other side left without a word on what became of it");
      this.#course.conditions.changed();
    });
    // The call itself may be over by then.
    return this.#course.conditions.until("what became of the transfer", () => told, within);
  }

  digitsHeard(wanted: string, { within }: Within = {}): Promise<string> {
    const what = (): string => `the digits ${wanted}, of which "${this.#digits}" came`;
    return this.#course.until(what, () => (this.#digits.includes(wanted) ? this.#digits : undefined), within);
  }

  async hears(frequencyHz: number, wanted: ToneWanted = {}): Promise<HeardTone> {
    return hearTone(this.#earPlace(), frequencyHz, wanted);
  }

  async hearsSilence(wanted: SilenceWanted = {}): Promise<void> {
    return hearSilence(this.#earPlace(), wanted);
  }

  /** Resolves after so long; rejects when the call ends before. */
  pause(time: Millis): Promise<void> {
    return this.#course.pause(time);
  }

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
    if (this.state === "talking") this.#conversation.bye(reason);
    else if (this.state !== "over") this.#unanswered("be ended").giveUp(reason);
    return this.ended();
  }

  async hold(): Promise<void> {
    await this.#talking("be held").renegotiate("sendonly");
    this.sound.stop();
  }

  async resume(): Promise<void> {
    await this.#talking("be resumed").renegotiate("sendrecv");
    this.sound.start();
  }

  async sendDigits(digits: string, options: DigitOptions = {}): Promise<void> {
    const { by = "rtp", durationMs = ms(100), gapMs = ms(60) } = options;
    if (by === "info") return this.#talking("be sent digits").sendInfoDigits(digits, durationMs, gapMs);
    let isSent = false;
    this.sound.sendDigits(digits, durationMs, gapMs, () => {
      isSent = true;
      this.#course.conditions.changed();
    });
    const within = ms(10_000 + digits.length * (durationMs + gapMs + 100));
    await this.#course.until("digits to be sent", () => isSent || undefined, within);
  }

  async play(sound: SoundSource): Promise<void> {
    // The terms bring the sound that the call began with: it must not come after this one.
    await this.terms();
    await this.sound.play(sound);
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
    this.#course.conditions.close();
  }

  /** Frees the port, and gives the other side a while to answer our goodbye. */
  async #settle(): Promise<void> {
    await this.sound.close();
    await atMost(this.#line.clock, GOODBYE, this.#conversation.goodbye);
    this.#course.settled();
    this.#origin.onOver(this);
  }

  async #makeTerms(): Promise<MediaTerms> {
    const { sound } = this.#origin;
    const endpoint = isElsewhere(sound) ? sound.madeAt : await this.sound.open(this.#line.soundAddress);
    await this.sound.play(sound);
    return new MediaTerms(endpoint, this.#line, (agreed) => {
      this.sound.agree(agreed);
      this.#course.conditions.changed();
    });
  }

  #earPlace(): EarPlace {
    if (!isAudible(this.sound.agreed)) throw this.#course.impossible(`${this.rtp().codec} cannot be decoded`);
    return {
      clock: this.#line.clock,
      conditions: this.#course.conditions,
      listen: (hear) => this.sound.listen(hear),
      deaf: () => this.#course.over,
    };
  }

  #unanswered(wish: string): Signalling {
    if (this.#signalling === undefined || this.#course.isAnswered || this.state === "over")
      throw this.#course.impossible(`it cannot ${wish} any more`);
    return this.#signalling;
  }

  #talking(wish: string): Conversation {
    if (this.state !== "talking") throw this.#course.impossible(`it cannot ${wish} now`);
    return this.#conversation;
  }

  #heardDigit(digit: string): void {
    if (this.#digits.length < MAX_DIGITS_HEARD) this.#digits += digit;
    this.#course.conditions.changed();
  }
}
