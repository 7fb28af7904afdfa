import type { ActionId, LegId, Millis, RecordingId, Result } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { RecordEnd } from "../media/index.ts";
import type { LegOrder } from "./actions.ts";
import type { ControlRefusal } from "./control.ts";
import type { PlaceRefusal } from "./desk.ts";
import type { EndReason } from "./end-reason.ts";
import { ORDER_DEADLINE } from "./limits.ts";
import { calleeOf, channelOf, closeRow, openRow } from "./row.ts";
import type { Call, CallAction, CallEvent, CallTimer, Context, Decision, Leg } from "./types.ts";
import { verdictOf } from "./verdict.ts";
import type { TalkSound } from "./view.ts";
import { callView } from "./views.ts";

/** Events that carry the call, and nothing but it. */
type CallEventName =
  | "call.started.v1"
  | "call.answered.v1"
  | "call.transferred.v1"
  | "call.parked.v1"
  | "call.retrieved.v1"
  | "call.changed.v1";
/** Events that carry the call and one of its legs. */
type LegEventName =
  | "leg.placed.v1"
  | "leg.ringing.v1"
  | "leg.answered.v1"
  | "leg.held.v1"
  | "leg.resumed.v1"
  | "leg.heard.v1"
  | "leg.moved.v1"
  | "leg.ended.v1";

/**
 * A decision in the making for one call: collects the new state, the orders and the events, in order. It lives for the length
 * of one `decide` and holds no more than what `decide` was given.
 */
export class CallDraft {
  readonly context: Context;
  /** The call as it was before this decision. */
  readonly before: Call;
  #call: Call;
  #isOver = false;
  /** Who hears whom has changed, and no event has said so yet. */
  #isUntold = false;
  readonly #actions: CallAction[] = [];
  readonly #besides: CallDraft[] = [];
  readonly #events: CallEvent[] = [];

  constructor(call: Call, context: Context) {
    this.before = call;
    this.#call = call;
    this.context = context;
  }

  get call(): Call {
    return this.#call;
  }

  update(change: Partial<Omit<Call, "id" | "tenant" | "legs">>): void {
    this.#call = { ...this.#call, ...change };
  }

  addLeg(leg: Pick<Leg, "id" | "side" | "at"> & Partial<Leg>): void {
    const whole: Leg = {
      isIncoming: false,
      state: "setup",
      isEnding: false,
      hears: null,
      link: { kind: "alone" },
      role: { kind: "talker" },
      hold: null,
      recording: null,
      isMuted: false,
      silentSince: null,
      silentFor: ms(0),
      trouble: null,
      isLeaving: false,
      hasBackSince: null,
      // A placed leg's Call-ID is its id: known from the first moment on.
      sipCallId: leg.id,
      startedAt: this.context.now,
      answeredAt: null,
      endedAt: null,
      end: null,
      quality: null,
      ...leg,
    };
    this.#call = { ...this.#call, legs: [...this.#call.legs, whole] };
  }

  updateLeg(id: LegId, change: Partial<Leg>): void {
    this.#call = { ...this.#call, legs: this.#call.legs.map((leg) => (leg.id === id ? { ...leg, ...change } : leg)) };
  }

  leg(id: LegId): Leg | undefined {
    return this.#call.legs.find((leg) => leg.id === id);
  }

  /** Legs that have not ended and are not being ended. */
  alive(): readonly Leg[] {
    return this.#call.legs.filter((leg) => leg.state !== "ended" && !leg.isEnding);
  }

  /** Legs that are being rung. */
  rung(): readonly Leg[] {
    const legs = this.#call.round?.legs ?? [];
    return this.alive().filter(({ id }) => legs.includes(id));
  }

  /** Nobody is waited for any more; legs that still ring are ended by whoever calls this. */
  closeRound(): void {
    if (this.#call.round?.isMobileToCome === true) this.stopTimer("mobile");
    this.update({ round: null });
    this.stopTimer("ring");
  }

  /** Legs that stay whatever becomes of those that are rung: they wait for an answer, or talk. */
  staying(): readonly Leg[] {
    const legs = this.#call.round?.legs ?? [];
    return this.alive().filter(({ id, isLeaving }) => !isLeaving && !legs.includes(id));
  }

  /** A leg goes on in another call: here it has ended. */
  giveAway(leg: Leg): void {
    const end = verdictOf({ kind: "ordered", why: "replaced" });
    this.updateLeg(leg.id, { state: "ended", endedAt: this.context.now, end });
    this.update({ joined: this.#call.joined.filter((id) => id !== leg.id) });
    this.tellLeg("leg.ended.v1", leg.id);
  }

  /** A leg of another call goes on in this one. */
  take(leg: Leg): void {
    this.#call = { ...this.#call, legs: [...this.#call.legs, leg] };
    this.tellLeg("leg.moved.v1", leg.id);
  }

  /** The legs that this one is joined with. */
  partnersOf(leg: LegId): readonly Leg[] {
    const { joined } = this.#call;
    return joined.includes(leg) ? this.alive().filter(({ id }) => id !== leg && joined.includes(id)) : [];
  }

  /** These hear one another from now on, and nobody else. The orders for it follow when the decision is complete. */
  join(...legs: readonly Leg[]): void {
    this.#setJoined(legs.map(({ id }) => id));
  }

  /** A leg hears nobody, and nobody it, any more. */
  part(...legs: readonly LegId[]): void {
    this.#setJoined(this.#call.joined.filter((id) => !legs.includes(id)));
  }

  /** Takes along a decision about another call. */
  beside(call: Call): CallDraft {
    const draft = new CallDraft(call, this.context);
    this.#besides.push(draft);
    return draft;
  }

  /** The decisions about other calls that belong to this one. */
  get besides(): readonly CallDraft[] {
    return this.#besides;
  }

  order(leg: LegId, order: LegOrder): void {
    this.#actions.push(this.#legAction(leg, order));
  }

  /** An order whose outcome answers the command that `to` names. */
  orderFor(to: ActionId, leg: LegId, order: LegOrder): void {
    const action = this.#legAction(leg, order);
    this.#actions.push(action);
    this.update({ asked: [...this.#call.asked, { leg, action: action.action.id, to }] });
  }

  /** Answers the commands that wait for a leg, or for one order to it. */
  answerAsked(leg: LegId, result: Result<undefined, ControlRefusal>, action?: ActionId): void {
    const done = this.#call.asked.filter(
      (each) => each.leg === leg && (action === undefined || each.action === action),
    );
    if (done.length === 0) return;
    this.update({ asked: this.#call.asked.filter((each) => !done.includes(each)) });
    for (const { to } of done) this.#actions.push({ type: "control-reply", to, result });
  }

  /** An order by which somebody outside would hear of the call: it waits until the call stands in the book. */
  orderOnceInBook(leg: LegId, order: LegOrder): void {
    this.#onceInBook(this.#legAction(leg, order));
  }

  /** Orders the end of a leg, unless it is ending already. */
  endLeg(leg: Leg, reason: EndReason): void {
    if (leg.state === "ended" || leg.isEnding) return;
    if (this.#isNotPlacedYet(leg)) return this.#dropPlacing(leg, reason);
    this.updateLeg(leg.id, { isEnding: true });
    // A final refusal is an answer, so it waits for the book like every other; BYE and CANCEL do not.
    const refusesCaller = leg.isIncoming && leg.state !== "answered";
    if (refusesCaller) this.orderOnceInBook(leg.id, { type: "end", reason: asRefusal(reason) });
    else this.order(leg.id, { type: "end", reason });
  }

  startTimer(timer: CallTimer, after: Millis): void {
    this.#actions.push({ type: "start-timer", call: this.#call.id, timer, after });
  }

  stopTimer(timer: CallTimer): void {
    this.#actions.push({ type: "stop-timer", call: this.#call.id, timer });
  }

  /** Answers the command that placed the call, once, and a good answer only when the call stands in the book. */
  reply(result: Result<undefined, PlaceRefusal>): void {
    const to = this.#call.unanswered;
    if (to === null) return;
    this.update({ unanswered: null });
    const action: CallAction = {
      type: "reply",
      to,
      result: result.ok ? { ok: true, value: { call: this.#call.id } } : result,
    };
    if (result.ok) this.#onceInBook(action);
    else this.#actions.push(action);
  }

  openRow(): void {
    this.#actions.push({ type: "open-row", row: openRow(this.#call) });
  }

  /** The row is safe: what waited for it goes out now. Orders for legs that have ended meanwhile are left out. */
  rowKept(): void {
    const waiting = this.#call.waitingForRow;
    this.update({ row: "kept", waitingForRow: [] });
    for (const action of waiting) {
      if (action.type !== "leg" || this.leg(action.action.leg)?.state !== "ended") this.#actions.push(action);
    }
  }

  markAnswered(): void {
    const at = this.context.now;
    this.update({ phase: "talking", answeredAt: at });
    const { id: call, tenant } = this.#call;
    this.#actions.push({ type: "answer-row", call, tenant, at, dstchannel: channelOf(calleeOf(this.#call)) });
    this.tell("call.answered.v1");
  }

  /** The call is over: its row is completed and it leaves the world. */
  finish(end: EndReason): void {
    this.#isOver = true;
    const extensions = this.#call.legs.flatMap(({ at }) => (at.kind === "user" ? [at.extension] : []));
    this.#actions.push({
      type: "close-row",
      opened: openRow(this.#call),
      row: closeRow(this.#call, end, this.context.now),
      extensions: [...new Set(extensions)],
    });
    const data = { call: callView(this.#call, this.context.now) };
    this.#events.push({ tenant: this.#call.tenant, event: "call.ended.v1", data });
  }

  tell(event: CallEventName): void {
    this.#isUntold = false;
    this.#events.push({ tenant: this.#call.tenant, event, data: { call: callView(this.#call) } });
  }

  tellLeg(event: LegEventName, leg: LegId): void {
    this.#isUntold = false;
    this.#events.push({ tenant: this.#call.tenant, event, data: { leg, call: callView(this.#call) } });
  }

  tellSilence(leg: LegId, sound: TalkSound): void {
    this.#isUntold = false;
    const data = { leg, sound, call: callView(this.#call) };
    this.#events.push({ tenant: this.#call.tenant, event: "leg.silent.v1", data });
  }

  tellRecording(
    told:
      | { readonly event: "recording.started.v1"; readonly leg: LegId; readonly recording: RecordingId }
      | {
          readonly event: "recording.ended.v1";
          readonly leg: LegId;
          readonly recording: RecordingId;
          readonly lastedSeconds: number;
          readonly why: RecordEnd;
        },
  ): void {
    this.#isUntold = false;
    const { event, ...rest } = told;
    const data = { ...rest, call: callView(this.#call) };
    this.#events.push({ tenant: this.#call.tenant, event, data } as CallEvent);
  }

  /** What is to be done beside legs: kept in a book, a mailbox, a file. */
  do(action: Extract<CallAction, { type: "open-recording" | "close-recording" | "mailbox" }>): void {
    this.#actions.push(action);
  }

  tellDigit(leg: LegId, digit: string): void {
    const data = { leg, digit, call: callView(this.#call) };
    this.#events.push({ tenant: this.#call.tenant, event: "leg.digit.v1", data });
  }

  decision(): Decision {
    if (this.#isUntold && !this.#isOver) this.tell("call.changed.v1");
    return {
      changed: this.#isOver ? [] : [this.#call],
      gone: this.#isOver ? [this.#call.id] : [],
      actions: this.#actions,
      events: this.#events,
    };
  }

  #setJoined(joined: readonly LegId[]): void {
    this.update({ joined });
    this.#isUntold = true;
  }

  #isNotPlacedYet(leg: Leg): boolean {
    return this.#call.waitingForRow.some((action) => isPlacing(action, leg.id));
  }

  /** A leg whose INVITE still waits for the book: the switch never heard of it, so it ends here. */
  #dropPlacing(leg: Leg, end: EndReason): void {
    this.update({ waitingForRow: this.#call.waitingForRow.filter((action) => !isPlacing(action, leg.id)) });
    this.updateLeg(leg.id, { state: "ended", endedAt: this.context.now, end });
    this.tellLeg("leg.ended.v1", leg.id);
  }

  #onceInBook(action: CallAction): void {
    if (this.#call.row === "kept") this.#actions.push(action);
    else this.update({ waitingForRow: [...this.#call.waitingForRow, action] });
  }

  #legAction(leg: LegId, order: LegOrder): Extract<CallAction, { type: "leg" }> {
    const id = this.context.newId("act");
    return { type: "leg", action: { id, leg, deadline: ORDER_DEADLINE[order.type], ...order } };
  }
}

/** An INVITE cannot be refused with a success: a call taken back by command was, to its caller, not answered. */
const asRefusal = (reason: EndReason): EndReason =>
  reason.sip < 300 ? verdictOf({ kind: "ordered", why: "no-answer" }) : reason;

const isPlacing = (action: CallAction, leg: LegId): boolean =>
  action.type === "leg" && action.action.leg === leg && action.action.type === "place";
