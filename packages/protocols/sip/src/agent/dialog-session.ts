import type { DialogId, DialogState } from "../dialog/dialog.ts";
import { ackRequest, dialogKey, takeRequest, withTargetOf } from "../dialog/dialog.ts";
import type { SessionTimerSettings } from "../dialog/session-timer.ts";
import type { HeaderField, HeaderList } from "../message/header-field.ts";
import type { Content, SipRequest, SipResponse } from "../message/message.ts";
import type { RequestParts } from "./build.ts";
import { partsWithin } from "./build.ts";
import type { Arrival, Core, DialogEntry, DialogSnapshot } from "./core.ts";
import { withLocal } from "./core.ts";
import type { DialogBeginning } from "./dialog-beginning.ts";
import { exchange, glareOutcome, overOutcome } from "./exchange.ts";
import type { Endpoint, Flow } from "./flow.ts";
import type { Hop, Path } from "./outbound.ts";
import { hopWithin } from "./outbound.ts";
import type { ReferOptions, Referral } from "./refer-types.ts";
import { Referrals } from "./referrals.ts";
import { sendAck, sendReinvite } from "./reinvite.ts";
import type { Outcome } from "./request-types.ts";
import { Resending } from "./resending.ts";
import { answer, retrySoon, ServerRequest } from "./server-request.ts";
import { SessionRefresh, tooShortSession } from "./session-refresh.ts";
import type { Dialog, DialogEnd, DialogHandlers } from "./types.ts";

/** A 2xx of ours that waits for its ACK. */
interface Unacknowledged {
  readonly seq: number;
  readonly resending: Resending;
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
  #incomingUpdate: ServerRequest | undefined;
  #isInviting = false;
  /** An UPDATE of ours with an offer is under way. */
  #isUpdating = false;
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
    if (this.#isOffering() || this.#owesAnswer() || this.#unacknowledged !== undefined) return glareOutcome;
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
    const hasOffer = isUpdate && (content.body?.length ?? 0) > 0;
    if (hasOffer && (this.#isOffering() || this.#owesAnswer())) return glareOutcome;
    if (hasOffer) this.#isUpdating = true;
    const outcome = await this.#exchange(method, isUpdate ? this.#timed(content) : content);
    if (hasOffer) this.#isUpdating = false;
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
    const giveUp = (): void => {
      this.#unacknowledged = undefined;
      if (this.isEnded) return this.#releaseBye();
      this.#finish({ by: "local", cause: "no-ack" });
      this.#bye = this.#sendBye({});
    };
    const resend = (): void => arrival.transaction.resend();
    this.#owesAck = false;
    this.#unacknowledged = {
      seq: arrival.request.headers.cseq?.number ?? 0,
      resending: new Resending(this.#core, { longestGap: this.#core.timers.t2, resend, giveUp }),
    };
  }

  /** A BYE waits until our 2xx, which waits for a PRACK, has gone out and is acknowledged. */
  holdBye(): void {
    this.#owesAck = true;
  }

  /** Our 2xx never went out. */
  neverBegan(end: DialogEnd): void {
    this.#core.dialogs.delete(dialogKey(this.id));
    this.#finish(end);
    this.#owesAck = false;
    this.#releaseBye();
  }

  /** Sends the ACK to a 2xx; the function returned sends the same again. */
  sendAck(inviteSeq: number, content: Content): () => void {
    const again = sendAck(this.#core, this.#hop(), { ...ackRequest(this.#state, inviteSeq), content });
    this.#owesAck = false;
    this.#releaseBye();
    return again;
  }

  acknowledge(ack: SipRequest): void {
    const waiting = this.#unacknowledged;
    if (waiting === undefined || ack.headers.cseq?.number !== waiting.seq) return;
    waiting.resending.stop();
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
    const { onPrack } = this.#begin;
    if (request.method === "PRACK" && onPrack !== undefined) return onPrack(arrival);
    if (this.isEnded) return this.#refuse(arrival, 481);
    const isUpdate = request.method === "UPDATE";
    const isInvite = request.method === "INVITE";
    const tooShort = isUpdate || isInvite ? tooShortSession(this.#core, request.headers) : undefined;
    if (tooShort !== undefined) return this.#refuse(arrival, 422, tooShort);
    if (isInvite) return this.#receiveInvite(arrival);
    const hasOffer = isUpdate && request.body.length > 0;
    if (hasOffer && this.#isOffering()) return this.#refuse(arrival, 491);
    if (hasOffer && this.#owesAnswer()) return this.#refuse(arrival, 500, retrySoon(this.#core));
    withLocal(this.#core, arrival.flow, (local) => {
      const onFinal = (status: number): void => {
        if (isUpdate && status < 300) this.#state = withTargetOf(this.#state, request);
      };
      const headersFor = (status: number): HeaderList => (isUpdate ? this.#answerTimed(request, status) : []);
      const incoming = new ServerRequest(this.#core, arrival, local, { onFinal, headersFor });
      if (hasOffer) this.#incomingUpdate = incoming;
      this.#receiveOther(incoming);
    });
  }

  /** An offer of ours waits for its answer. @rfc 3311#5.2 */
  #isOffering(): boolean {
    return this.#isInviting || this.#isUpdating;
  }

  /** An offer of the peer's waits for our answer. @rfc 3311#5.2 */
  #owesAnswer(): boolean {
    return this.#incomingInvite !== undefined || this.#incomingUpdate?.isOpen === true;
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
    this.#unacknowledged?.resending.stop();
    this.#unacknowledged = undefined;
    this.#incomingInvite = undefined;
    this.#incomingUpdate = undefined;
    this.#core.dialogs.delete(dialogKey(this.id));
    this.#finish({ by: "local", cause: "closed" });
  }

  snapshot(): DialogSnapshot {
    const at = this.isEnded ? "ending" : "confirmed";
    return { id: this.id, at, isCaller: this.#begin.isCaller, flow: this.#flow, startedAt: this.#startedAt };
  }

  #receiveBye(arrival: Arrival): void {
    this.#refuse(arrival, 200);
    this.#unacknowledged?.resending.stop();
    this.#unacknowledged = undefined;
    const wasEnded = this.isEnded;
    this.#finish({ by: "remote", cause: "bye", request: arrival.request });
    if (wasEnded) this.#releaseBye();
    else this.#core.dialogs.delete(dialogKey(this.id));
  }

  #receiveInvite(arrival: Arrival): void {
    const handlers = this.#handlers;
    if (this.#isOffering()) return this.#refuse(arrival, 491);
    if (this.#owesAnswer() || this.#unacknowledged !== undefined) {
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
    this.#incomingUpdate?.respond(487);
    this.#referrals?.end();
    this.#timer?.stop();
    this.#core.guard(() => this.#handlers?.onEnd(end));
  }
}
