import type { EndReason, IceCredentials, LegFact, LegQuality, Party, Side } from "@cordboard/core";
import type { ActionId, LegId, Millis, TenantId, UserId } from "@cordboard/kernel";
import { unreachable } from "@cordboard/kernel";
import type { AgreedAudio, AudioCodec, Dialog, DialogHandlers } from "@cordboard/sip";
import { compareCodecs, negotiated } from "./codecs.ts";
import type { LineOptions } from "./connected-line.ts";
import { ConnectedLine } from "./connected-line.ts";
import { Deadlines } from "./deadlines.ts";
import type { DigitWay } from "./digits.ts";
import { passOn } from "./digits.ts";
import type { RelayedDigit } from "./dtmf-relay.ts";
import type { LegInput, LegLife, LegStep } from "./leg-life.ts";
import { stepLeg } from "./leg-life.ts";
import type { LegOpening } from "./leg-opening.ts";
import type { LegState } from "./leg-state.ts";
import { localProtection } from "./protection.ts";
import type { Recorded } from "./recordings.ts";
import { Recordings } from "./recordings.ts";
import { Referring } from "./referring.ts";
import { Session } from "./session.ts";
import type { Surroundings } from "./surroundings.ts";
import type { TalkBeginning, TalkOwner } from "./talk.ts";
import { Talk } from "./talk.ts";
import { notOpened, ownEnd } from "./verdicts.ts";

/** What is known of a leg when it begins. */
export interface LegOptions extends LineOptions {
  readonly id: LegId;
  readonly tenant: TenantId;
  /** Who is at its other end, by name and number. */
  readonly party: Party;
  readonly life: LegLife;
  /** Whether core knows the leg already; until then it hears nothing of it. */
  readonly isAnnounced: boolean;
}

/** What the two kinds of legs do each in their own way. */
export interface CallSide {
  /** The ports are open and the session can be described. */
  onOpen(session: Session): void;
  /** Ends the call that nobody answered. True when nothing more will be heard of it. */
  giveUp(reason: EndReason): boolean;
  /** Tells the phone that rings to take the call; why that cannot be, or undefined. */
  askToTalk?(): Promise<string | undefined>;
}

type Incoming = Extract<LegFact, { type: "incoming" }>;

/** Orders that wait for the peer's description, at most. */
const MAX_WAITING = 8;

/** One leg: a call and then a dialog on the wire, and sound. Ends once, with one reason, when it has given back both. */
export class Leg implements TalkOwner {
  readonly id: LegId;
  readonly tenant: TenantId;
  readonly side: Side;
  /** Who is at its other end. */
  readonly party: Party;
  /** Whom its phone shows. */
  readonly line: ConnectedLine;
  /** What its phone asks by REFER. */
  readonly referring: Referring;
  readonly #world: Surroundings;
  readonly #deadlines: Deadlines;
  #life: LegLife;
  #isAnnounced: boolean;
  #call: CallSide | undefined;
  #session: Session | undefined;
  #talk: Talk | undefined;
  #quality: LegQuality | undefined;
  #isHeld = false;
  #waiting: (() => void)[] = [];
  readonly recordings: Recordings;
  /** The leg whose sound this one hears. */
  partner: Leg | undefined;
  /** It hears a room, and not one other leg. */
  isInRoom = false;
  /** The last order that joined it with anybody: what was ordered before and still waits means nothing any more. */
  joinedBy: ActionId | undefined;
  /** The last order that let it hear a source. */
  hearsBy: ActionId | undefined;

  constructor(world: Surroundings, options: LegOptions) {
    this.#world = world;
    this.#deadlines = new Deadlines(world.clock);
    this.recordings = new Recordings(world.clock);
    this.id = options.id;
    this.tenant = options.tenant;
    this.side = options.side;
    this.party = options.party;
    this.line = new ConnectedLine(options);
    this.referring = new Referring(this, world.findLeg);
    this.#life = options.life;
    this.#isAnnounced = options.isAnnounced;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** What peer and we have agreed on, once they have. */
  get agreed(): AgreedAudio | undefined {
    return this.#session?.agreed;
  }

  get partnerAgreed(): AgreedAudio | undefined {
    return this.partner?.agreed;
  }

  /** Its sound is mixed or recorded: what it may change to is G.711. */
  get mustBePlain(): boolean {
    return this.isInRoom || this.recordings.areRunning;
  }

  /** Nothing more is to be done with it but to end it. */
  get isEnding(): boolean {
    return this.#life.reason !== undefined;
  }

  get isAnswered(): boolean {
    return this.#life.wire === "talking";
  }

  /** Takes ports at the address that leads to the peer, near another leg's if one is named. */
  async open(call: CallSide, { find, guard, near }: LegOpening): Promise<void> {
    this.#call = call;
    const address = await find().catch(() => undefined);
    if (address === undefined || this.isEnding) return this.fail(ownEnd("unreachable"));
    const { sound, log } = this.#world;
    const isWebRtc = guard === "webrtc";
    const place = { address: address.local, isWebRtc, ...(near === undefined ? {} : { near }) };
    const opened = await sound.open(this.id, place).catch((cause: unknown) => {
      log.error("a leg's sound did not open", { leg: this.id, cause });
      return { ok: false, error: { code: "sound-engine-away" } } as const;
    });
    if (!opened.ok) return this.fail(notOpened(opened.error));
    // Torn down meanwhile: nobody else will give the ports back.
    if (this.#life.sound !== "opening") return this.#world.release(sound.close(this.id));
    // A sound engine that lets another machine carry the sound has its own word on where that is.
    const { address: soundAt } = opened.value;
    const told = soundAt === address.local ? address.told : soundAt;
    const protection = localProtection(guard, { media: opened.value, told }, this.#world.random);
    this.#session = new Session(this.#world.newSessionId(), { address: told, port: opened.value.port }, protection);
    this.#step({ type: "sound-opened" });
    if (this.#life.reason === undefined) call.onOpen(this.#session);
  }

  /** Core hears of the leg from now on. */
  announce(incoming: Omit<Incoming, "type" | "leg" | "tenant" | "user" | "shows"> & { readonly user: LegUser }): void {
    const { user, dialled, sipCallId, replaces } = incoming;
    this.#isAnnounced = true;
    this.#world.log.info("leg came in", { tenant: this.tenant, leg: this.id, user: user.id, sipCallId });
    this.report({
      type: "incoming",
      leg: this.id,
      tenant: this.tenant,
      user: user.id,
      dialled,
      shows: user.shows,
      sipCallId,
      replaces,
    });
  }

  report(fact: LegFact): void {
    if (this.#isAnnounced) this.#world.facts.report(fact);
  }

  /** The INVITE leaves. */
  called(): void {
    this.#world.log.info("leg placed", { tenant: this.tenant, leg: this.id, side: this.side });
    this.#step({ type: "called" });
  }

  /** It cannot even begin. */
  fail(reason: EndReason): void {
    this.end(reason);
    this.#step({ type: "sound-closed" });
  }

  /** What the stack is to tell of the dialog that is about to begin. */
  expectDialog(): DialogHandlers {
    const talk = new Talk(this.#world, this);
    this.#talk = talk;
    return talk.handlers;
  }

  /** There is a dialog: from now on the leg is ended by a BYE. */
  begin(dialog: Dialog, beginning: TalkBeginning): void {
    this.#talk?.begin(dialog, beginning);
    this.#step({ type: "answered" });
  }

  /** The call was answered. An `answered` fact follows when the description is agreed, which may already be. */
  answered(dialog: Dialog, beginning: TalkBeginning): void {
    this.begin(dialog, beginning);
    this.#world.log.info("leg answered", { tenant: this.tenant, leg: this.id });
    this.whenAgreed(() => {
      this.report({ type: "answered", leg: this.id });
      this.#tellHold();
    });
  }

  /** Offer and answer have met, for the first time or again: the sound follows. */
  connect(agreed: AgreedAudio): void {
    if (this.#session !== undefined) this.#world.sound.connect(this.id, negotiated(agreed, this.#session.side));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const task of waiting) task();
    this.#tellHold();
  }

  /** The peer has changed its codecs by itself: the leg that it talks with is brought in line. */
  renegotiated(agreed: AgreedAudio): void {
    this.connect(agreed);
    if (this.partner?.agreed === undefined) return;
    const { isEmpty, second } = compareCodecs(agreed, this.partner.agreed);
    if (!isEmpty) this.partner.reoffer(second, () => {});
  }

  /** Offers codecs again; nothing to be done without any. A leg that is not answered says all that it will with its answer. */
  reoffer(codecs: readonly AudioCodec[] | undefined, done: (isDone: boolean) => void): void {
    if (codecs === undefined || !this.isAnswered || this.#talk === undefined) done(true);
    else this.#talk.offer(codecs, done);
  }

  /** Gets what our answer needs when the peer begins its ICE anew. */
  async renewIce(theirs: IceCredentials): Promise<void> {
    const ice = await this.#world.sound.renewIce(this.id, theirs);
    if (ice !== undefined) this.#session?.renewIce(ice);
  }

  /** Runs a task as soon as the leg's sound is agreed; false when too many wait already. */
  whenAgreed(task: () => void): boolean {
    if (this.agreed !== undefined) task();
    else if (this.#waiting.length >= MAX_WAITING) return false;
    else this.#waiting.push(task);
    return true;
  }

  /** A digit was pressed at its phone: core hears of it, and whom it talks with, in a way that takes its phone. */
  pressed(digit: RelayedDigit, by: DigitWay = "info"): void {
    this.report({ type: "digit", leg: this.id, ...digit });
    passOn(this.#world.sound, this.partner, { digit: digit.digit, by });
  }

  /** Sends digits as messages; false when its phone takes none. */
  sendAsMessages(digits: string): boolean {
    return this.#talk?.sendDigits(digits) ?? false;
  }

  /** Tells the phone that rings to take the call; why that cannot be, or undefined. */
  async askToTalk(): Promise<string | undefined> {
    return this.isAnswered ? undefined : (this.#call?.askToTalk?.() ?? "nobody is rung");
  }

  /** From now on it talks with somebody; a phone that shows another number is told, when it takes such news. */
  talksWith(party: Party): void {
    const identity = this.line.changeTo(party);
    if (identity !== undefined) this.#talk?.tellIdentity(identity);
  }

  /** A recording is over. */
  recorded(done: Recorded): void {
    if (this.recordings.end(done.recording)) this.report({ type: "record-done", leg: this.id, ...done });
  }

  #tellHold(): void {
    const isHeld = this.agreed?.isHeld ?? false;
    if (!this.isAnswered || isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.report({ type: isHeld ? "held" : "resumed", leg: this.id });
  }

  /** An engine's figures, of which the last count. */
  measured(quality: LegQuality): void {
    this.#quality = quality;
  }

  /** Starts the deadline of an order: `missed` runs unless it is met, or the leg over, before. */
  expect(action: ActionId, deadline: Millis, missed: () => void): void {
    if (!this.#life.isReported) this.#deadlines.start(action, deadline, missed);
  }

  /** Whether the order is neither done nor missed. */
  expects(action: ActionId): boolean {
    return this.#deadlines.has(action);
  }

  /** The order is done. False when its deadline had passed. */
  met(action: ActionId): boolean {
    return this.#deadlines.stop(action);
  }

  /** An order could not be done; the leg goes on. */
  failed(action: ActionId, why: string): void {
    this.met(action);
    this.#world.log.info("an order to a leg failed", { tenant: this.tenant, leg: this.id, action, why });
    this.report({ type: "failed", leg: this.id, action, why });
  }

  /** We end it, in the way that its state wants. The first reason stays. */
  end(reason: EndReason): void {
    this.#step({ type: "end", reason });
  }

  /** The other side has ended it. */
  over(reason: EndReason): void {
    // Whoever leaves a call that it has sent on is told no more than that this was accepted: it still is under way.
    this.referring.tell(202);
    this.#step({ type: "over", reason });
  }

  /** What we ended is ended. */
  wireClosed(): void {
    this.#step({ type: "wire-closed" });
  }

  /** For the live dump. */
  describe(): LegState {
    const { sound, wire, reason } = this.#life;
    const protection = this.agreed?.protection?.kind;
    return { id: this.id, side: this.side, sound, wire, isHeld: this.#isHeld, protection, why: reason?.why };
  }

  /** Waits for nothing any more. */
  tearDown(reason: EndReason): void {
    this.#step({ type: "end", reason });
    this.#step({ type: "torn-down", reason });
  }

  #step(input: LegInput): void {
    const [life, steps] = stepLeg(this.#life, input);
    this.#life = life;
    for (const step of steps) this.#do(step, life);
  }

  #do(step: LegStep, { reason = ownEnd("fault") }: LegLife): void {
    switch (step) {
      case "give-up":
        if (this.#call === undefined || this.#call.giveUp(reason)) this.wireClosed();
        return;
      case "hang-up":
        // A phone whose call is taken away before it hears what became of its wish takes that for a failure.
        return this.referring.afterLastWord(this.#world.clock, () => this.#hangUp(reason));
      case "close-sound":
        return this.#closeSound();
      case "report":
        return this.#leave(reason);
      default:
        return unreachable(step);
    }
  }

  #hangUp(reason: EndReason): void {
    if (this.#talk === undefined) this.wireClosed();
    else this.#talk.hangUp(reason, () => this.wireClosed());
  }

  #closeSound(): void {
    this.part();
    const closed = this.#world.sound.close(this.id).then((quality) => {
      this.#quality = quality ?? this.#quality;
    });
    this.#world.release(closed.finally(() => this.#step({ type: "sound-closed" })));
  }

  /** An order joins it anew, which also ends what it hears. */
  join(order: ActionId): void {
    this.joinedBy = order;
    this.hearsBy = undefined;
  }

  /** Its sound is no longer joined with anybody's. */
  part(): void {
    if (this.partner?.partner === this) this.partner.partner = undefined;
    this.partner = undefined;
    this.isInRoom = false;
  }

  #leave(reason: EndReason): void {
    this.#deadlines.stopAll();
    this.#waiting = [];
    this.part();
    this.#talk?.close();
    this.referring.tell(487);
    for (const left of this.recordings.abandon()) this.report({ type: "record-done", leg: this.id, ...left });
    const { why, party, cause, sip } = reason;
    this.#world.log.info("leg ended", { tenant: this.tenant, leg: this.id, why, party, cause, sip });
    this.report({ type: "ended", leg: this.id, reason, quality: this.#quality });
    this.#world.onLegGone(this.id);
  }
}

/** Who calls, and as whom they are shown. */
export interface LegUser {
  readonly id: UserId;
  readonly shows: Party;
}
