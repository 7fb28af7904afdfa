import type { Timer } from "@cordboard/kernel";
import type { AnswerResend } from "../dialog/answer-resend.ts";
import { startAnswerResend, stepAnswerResend } from "../dialog/answer-resend.ts";
import type { DialogId, DialogState } from "../dialog/dialog.ts";
import { ackRequest, dialogKey, takeRequest, withTargetOf } from "../dialog/dialog.ts";
import type { Session, SessionTimerSettings } from "../dialog/session-timer.ts";
import type { Proofs } from "../digest/proofs.ts";
import type { HeaderField, HeaderList } from "../message/header-field.ts";
import type { Content, SipRequest, SipResponse } from "../message/message.ts";
import { printMessage } from "../message/print.ts";
import type { RequestParts } from "./build.ts";
import { buildRequest, partsWithin } from "./build.ts";
import type { Arrival, Core, DialogEntry, DialogSnapshot } from "./core.ts";
import { withLocal } from "./core.ts";
import { alongPath, exchange, glareOutcome, overOutcome } from "./exchange.ts";
import type { Endpoint, Flow } from "./flow.ts";
import type { Hop, Path } from "./outbound.ts";
import { hopWithin } from "./outbound.ts";
import type { ReferOptions, Referral } from "./refer-types.ts";
import { Referrals } from "./referrals.ts";
import { sendReinvite } from "./reinvite.ts";
import { answer, retrySoon, ServerRequest } from "./server-request.ts";
import { SessionRefresh, tooShortSession } from "./session-refresh.ts";
import type { Dialog, DialogEnd, DialogHandlers, Outcome } from "./types.ts";

/** How a dialog begins. */
export interface DialogBeginning {
  readonly path: Path;
  /** Requests go over the path's flow while the route set is empty, rather than to the peer's Contact. */
  readonly isPinned: boolean;
  /** Whether we sent the INVITE. */
  readonly isCaller: boolean;
  /** Who hears of it; a call of ours says so later, by {@link DialogSession.hearBy}. */
  readonly handlers?: DialogHandlers;
  readonly proofs?: Proofs | undefined;
  readonly contactUser?: string | undefined;
  /** Whether the peer takes UPDATE. */
  readonly mayUpdate: boolean;
  /** What both agreed on for its timer; undefined without one. */
  readonly session: Session | undefined;
}

/** A 2xx of ours that waits for its ACK. */
interface Unacknowledged {
  readonly arrival: Arrival;
  readonly seq: number;
  state: AnswerResend;
  timer: Timer | undefined;
}

/** A confirmed dialog while it lives. @rfc 3261#12 */
export class DialogSession implements Dialog, DialogEntry {
  readonly id: DialogId;
  readonly #core: Core;
  readonly #begin: DialogBeginning;
  readonly #startedAt: number;
  #state: DialogState;
  #flow: Flow;
  #local: Endpoint;
  #handlers: DialogHandlers | undefined;
  #end: DialogEnd | undefined;
  #unacknowledged: Unacknowledged | undefined;
  /** Our own ACK to the first 2xx has not gone out yet. */
  #owesAck: boolean;
  /** A BYE of ours that waits for either ACK. @rfc 3261#15 */
  #heldBye: (() => void) | undefined;
  #bye: Promise<Outcome> | undefined;
  #incomingInvite: ServerRequest | undefined;
  #isInviting = false;
  /** Undefined when calls have no timers. */
  readonly #timer: SessionRefresh | undefined;
  /** Made when the first call is sent on. */
  #referrals: Referrals | undefined;

  constructor(core: Core, state: DialogState, begin: DialogBeginning) {
    this.#core = core;
    this.#state = state;
    this.#begin = begin;
    this.#startedAt = core.clock.monotonic();
    this.id = state.id;
    this.#flow = begin.path.flow;
    this.#local = begin.path.local;
    this.#handlers = begin.handlers;
    this.#owesAck = begin.isCaller;
    this.#timer = core.sessionTimers && this.#startTimer(core.sessionTimers);
    core.dialogs.set(dialogKey(this.id), this);
  }

  get flow(): Flow {
    return this.#flow;
  }

  get local(): Endpoint {
    return this.#local;
  }

  get remoteTarget(): string {
    return this.#state.remoteTarget;
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Says who hears of the dialog; an end that came before is told now. */
  hearBy(handlers: DialogHandlers): void {
    this.#handlers = handlers;
    const end = this.#end;
    if (end !== undefined) this.#core.guard(() => handlers.onEnd(end));
  }

  bye(content: Content = {}): Promise<Outcome> {
    this.#bye ??= this.isEnded ? Promise.resolve(overOutcome) : this.#sendBye(content);
    return this.#bye;
  }

  async reinvite(content: Content, acknowledge?: (response: SipResponse) => Content): Promise<Outcome> {
    if (this.isEnded) return overOutcome;
    if (this.#isInviting || this.#incomingInvite !== undefined || this.#unacknowledged !== undefined)
      return glareOutcome;
    this.#isInviting = true;
    const outcome = await sendReinvite(this.#core, {
      hop: () => this.#hop(),
      build: (path) => this.#build("INVITE", path, this.#timed(content)),
      proofs: this.#begin.proofs,
      onTarget: (response) => {
        this.#state = withTargetOf(this.#state, response);
      },
      sendAck: (seq, response) => {
        let content: Content = {};
        this.#core.guard(() => {
          content = acknowledge?.(response) ?? {};
        });
        return this.sendAck(seq, content);
      },
    });
    this.#isInviting = false;
    this.#timer?.heard(outcome);
    this.#judge(outcome);
    return outcome;
  }

  async request(method: string, content: Content = {}): Promise<Outcome> {
    if (this.isEnded) return overOutcome;
    // A peer that has not heard our 2xx knows no dialog yet: then its ACK decides, and not its 481.
    const mayOvertake = this.#unacknowledged !== undefined;
    const isUpdate = method === "UPDATE";
    const outcome = await this.#exchange(method, isUpdate ? this.#timed(content) : content);
    if (outcome.ok && isUpdate) this.#state = withTargetOf(this.#state, outcome.response);
    if (isUpdate) this.#timer?.heard(outcome);
    if (!mayOvertake || outcome.status !== 481) this.#judge(outcome);
    return outcome;
  }

  refer(uri: string, options: ReferOptions = {}): Referral {
    if (this.isEnded) return { accepted: Promise.resolve(overOutcome), result: Promise.resolve(undefined) };
    return this.#sendingOn().ask(uri, options);
  }

  /** Starts to resend our 2xx until its ACK comes; without one the dialog ends by BYE. */
  awaitAck(arrival: Arrival): void {
    const seq = arrival.request.headers.cseq?.number ?? 0;
    const waiting: Unacknowledged = { arrival, seq, state: startAnswerResend(this.#core.timers), timer: undefined };
    this.#unacknowledged = waiting;
    const tick = (): void => {
      waiting.state = stepAnswerResend(waiting.state, { type: "delay" }, this.#core.timers);
      if (waiting.state.at === "waiting") {
        arrival.transaction.resend();
        schedule();
        return;
      }
      this.#unacknowledged = undefined;
      const wasEnded = this.isEnded;
      if (wasEnded) this.#releaseBye();
      else {
        this.#finish({ by: "local", cause: "no-ack" });
        this.#bye = this.#sendBye({});
      }
    };
    const schedule = (): void => {
      if (waiting.state.at === "waiting") waiting.timer = this.#core.clock.after(waiting.state.resendAfter, tick);
    };
    schedule();
  }

  /** Sends the ACK to a 2xx; the function returned sends the same again. */
  sendAck(inviteSeq: number, content: Content): () => void {
    let sent: { readonly bytes: Uint8Array; readonly flow: Flow } | undefined;
    alongPath(this.#core, this.#hop(), (path) => {
      if (path === undefined) return;
      const request = ackRequest(this.#state, inviteSeq);
      const bytes = printMessage(
        buildRequest(this.#core, path, { method: "ACK", uri: request.uri, fields: request.fields, content }),
      );
      sent = { bytes, flow: path.flow };
      this.#core.wire.send(bytes, path.flow);
    });
    this.#owesAck = false;
    this.#releaseBye();
    return () => {
      if (sent !== undefined) this.#core.wire.send(sent.bytes, sent.flow);
    };
  }

  acknowledge(ack: SipRequest): void {
    const waiting = this.#unacknowledged;
    if (waiting === undefined || ack.headers.cseq?.number !== waiting.seq) return;
    waiting.timer?.cancel();
    waiting.state = stepAnswerResend(waiting.state, { type: "ack" }, this.#core.timers);
    this.#unacknowledged = undefined;
    if (this.isEnded) this.#releaseBye();
    else this.#core.guard(() => this.#handlers?.onAck?.(ack));
  }

  receive(arrival: Arrival): void {
    const { request } = arrival;
    const taken = takeRequest(this.#state, request);
    if (!taken.ok) return this.#refuse(arrival, 500);
    this.#state = taken.value;
    if (request.method === "BYE") return this.#receiveBye(arrival);
    if (this.isEnded) return this.#refuse(arrival, 481);
    const isUpdate = request.method === "UPDATE";
    const isInvite = request.method === "INVITE";
    const tooShort = isUpdate || isInvite ? tooShortSession(this.#core, request.headers) : undefined;
    if (tooShort !== undefined) return this.#refuse(arrival, 422, tooShort);
    if (isInvite) return this.#receiveInvite(arrival);
    withLocal(this.#core, arrival.flow, (local) => {
      const onFinal = (status: number): void => {
        if (isUpdate && status < 300) this.#state = withTargetOf(this.#state, request);
      };
      const headersFor = (status: number): HeaderList => (isUpdate ? this.#answerTimed(request, status) : []);
      const incoming = new ServerRequest(this.#core, arrival, local, { onFinal, headersFor });
      this.#receiveOther(incoming);
    });
  }

  #receiveOther(incoming: ServerRequest): void {
    const { method } = incoming.request;
    const handlers = this.#handlers;
    const { onRefer, onRequest } = handlers ?? {};
    if (method === "REFER" && onRefer !== undefined) {
      return this.#sendingOn().take(incoming, (refer) => this.#core.guard(() => onRefer.call(handlers, refer)));
    }
    if (method === "NOTIFY" && this.#referrals?.takeNotify(incoming) === true) return;
    if (method === "SUBSCRIBE" && this.#referrals?.takeSubscribe(incoming) === true) return;
    // One that only refreshes the session needs nobody.
    const isRefresh = method === "UPDATE" && this.#timer !== undefined && incoming.request.body.length === 0;
    if (isRefresh) return void incoming.respond(200);
    if (onRequest === undefined) return void incoming.respond(method === "OPTIONS" ? 200 : 405);
    this.#core.guard(() => onRequest.call(handlers, incoming));
  }

  #startTimer(settings: SessionTimerSettings): SessionRefresh {
    return new SessionRefresh(this.#core, settings, {
      begin: this.#begin,
      update: () => this.request("UPDATE"),
      askOwner: () => this.#handlers?.onRefreshDue?.bind(this.#handlers),
      expire: () => this.#lose([["Reason", 'SIP;cause=408;text="Session expired"']]),
    });
  }

  #timed(content: Content): Content {
    return this.#timer?.timed(content) ?? content;
  }

  #answerTimed({ headers }: SipRequest, status: number): HeaderList {
    return this.isEnded || status < 200 || status > 299 ? [] : (this.#timer?.answer(headers) ?? []);
  }

  #sendingOn(): Referrals {
    this.#referrals ??= new Referrals(this.#core, {
      request: async (method, content, onSeq) => {
        const outcome = await this.#exchange(method, content, onSeq);
        this.#judge(outcome);
        return outcome;
      },
      notify: (content) => this.#exchange("NOTIFY", content),
    });
    return this.#referrals;
  }

  drop(): void {
    this.#unacknowledged?.timer?.cancel();
    this.#unacknowledged = undefined;
    this.#incomingInvite = undefined;
    this.#core.dialogs.delete(dialogKey(this.id));
    this.#finish({ by: "local", cause: "closed" });
  }

  snapshot(): DialogSnapshot {
    const at = this.isEnded ? "ending" : "confirmed";
    return { id: this.id, at, isCaller: this.#begin.isCaller, flow: this.#flow, startedAt: this.#startedAt };
  }

  #receiveBye(arrival: Arrival): void {
    this.#refuse(arrival, 200);
    this.#unacknowledged?.timer?.cancel();
    this.#unacknowledged = undefined;
    const wasEnded = this.isEnded;
    this.#finish({ by: "remote", cause: "bye", request: arrival.request });
    if (wasEnded) this.#releaseBye();
    else this.#core.dialogs.delete(dialogKey(this.id));
  }

  #receiveInvite(arrival: Arrival): void {
    const handlers = this.#handlers;
    if (this.#isInviting) return this.#refuse(arrival, 491);
    if (this.#incomingInvite !== undefined || this.#unacknowledged !== undefined) {
      return this.#refuse(arrival, 500, retrySoon(this.#core));
    }
    const onReinvite = handlers?.onReinvite;
    if (onReinvite === undefined) return this.#refuse(arrival, 488);
    withLocal(this.#core, arrival.flow, (local) => {
      const incoming = new ServerRequest(this.#core, arrival, local, {
        onFinal: (status) => this.#reinvited(arrival, status),
        headersFor: (status) => this.#answerTimed(arrival.request, status),
      });
      this.#incomingInvite = incoming;
      arrival.transaction.onFailure = () => void incoming.respond(503);
      arrival.transaction.canceller = { toTag: this.id.localTag, cancel: () => void incoming.respond(487) };
      this.#core.guard(() => onReinvite.call(handlers, incoming));
    });
  }

  #reinvited(arrival: Arrival, status: number): void {
    this.#incomingInvite = undefined;
    if (status >= 300) return;
    this.#state = withTargetOf(this.#state, arrival.request);
    if (this.#begin.isPinned) this.#flow = arrival.flow;
    if (!this.isEnded) this.awaitAck(arrival);
  }

  #refuse(arrival: Arrival, status: number, headers: readonly HeaderField[] = []): void {
    answer(this.#core, arrival, { status, content: { headers }, local: this.#local, toTag: this.id.localTag });
  }

  #hop(): Hop {
    return hopWithin(this.#state, this.#flow, this.#begin.isPinned);
  }

  #build(method: string, path: Path, content: Content): RequestParts {
    const [state, parts] = partsWithin(this.#state, { method, path, content, contactUser: this.#begin.contactUser });
    this.#state = state;
    return parts;
  }

  #exchange(method: string, content: Content, onSeq?: (seq: number) => void): Promise<Outcome> {
    return exchange(this.#core, {
      hop: this.#hop(),
      proofs: this.#begin.proofs,
      parts: (path) => {
        const parts = this.#build(method, path, content);
        onSeq?.(this.#state.localSeq ?? 0);
        return parts;
      },
    });
  }

  #sendBye(content: Content): Promise<Outcome> {
    const send = async (): Promise<Outcome> => {
      const outcome = await this.#exchange("BYE", content);
      this.#core.dialogs.delete(dialogKey(this.id));
      return outcome;
    };
    const isEarly = this.#unacknowledged !== undefined || this.#owesAck;
    this.#finish({ by: "local", cause: "bye" });
    if (!isEarly) return send();
    return new Promise((resolve) => {
      this.#heldBye = () => void send().then(resolve);
    });
  }

  #releaseBye(): void {
    const held = this.#heldBye;
    this.#heldBye = undefined;
    held?.();
  }

  /** A request that met nobody ends the dialog. @rfc 3261#12.2.1.2 */
  #judge(outcome: Outcome): void {
    if (outcome.ok || this.isEnded || (outcome.status !== 408 && outcome.status !== 481)) return;
    this.#lose();
  }

  /** Ends the dialog, as nobody is there. */
  #lose(headers: HeaderList = []): void {
    this.#finish({ by: "remote", cause: "lost" });
    void this.#exchange("BYE", { headers }).then(() => this.#core.dialogs.delete(dialogKey(this.id)));
  }

  #finish(end: DialogEnd): void {
    if (this.isEnded) return;
    this.#end = end;
    // A request that is not answered yet would be kept, and the peer would wait for it. @rfc 3261#15.1.2
    this.#incomingInvite?.respond(487);
    this.#referrals?.end();
    this.#timer?.stop();
    this.#core.guard(() => this.#handlers?.onEnd(end));
  }
}
