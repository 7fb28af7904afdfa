import type { Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { DialogState } from "../dialog/dialog.ts";
import { dialogKey, dialogOfRequest, takeRequest, withTargetOf } from "../dialog/dialog.ts";
import { answerSession, sessionTermsOf } from "../dialog/session-timer.ts";
import type { Content, SipRequest } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import type { Replaces } from "../refer/replaces.ts";
import { partsWithin } from "./build.ts";
import type { Arrival, Core, DialogEntry, DialogSnapshot } from "./core.ts";
import { DialogSession } from "./dialog-session.ts";
import { exchange, overOutcome } from "./exchange.ts";
import type { Endpoint, Flow } from "./flow.ts";
import { hopWithin } from "./outbound.ts";
import { isReliable, ReliableProgress } from "./reliable-progress.ts";
import type { IncomingRequest, Outcome, ResponseContent } from "./request-types.ts";
import { answer, isPinned, retrySoon, ServerRequest } from "./server-request.ts";
import { allowsUpdate } from "./session-refresh.ts";
import type { Dialog, DialogEnd, DialogHandlers, IncomingCall } from "./types.ts";

/** A caller hears 100 by then, so that it stops resending. @rfc 3261#17.2.1 */
const TRYING_AFTER = ms(200);

/** An INVITE from outside until it is answered, rejected or cancelled. */
export class UasCall implements IncomingCall, DialogEntry {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly replaces: Replaces | undefined;
  local: Endpoint;
  readonly #core: Core;
  readonly #arrival: Arrival;
  readonly #tag: string;
  readonly #key: string;
  readonly #startedAt: number;
  #state: DialogState;
  #hasSpoken = false;
  #isEnded = false;
  /** Undefined where provisional responses are not acknowledged. */
  readonly #reliable: ReliableProgress | undefined;
  /** The dialog of an answer that waits for a PRACK. */
  #held: DialogSession | undefined;
  #trying: Timer | undefined;
  #unanswered: Timer | undefined;
  #onCancel: ((cancel: SipRequest | undefined) => void) | undefined;
  #onRequest: ((incoming: IncomingRequest) => void) | undefined;
  #cancelled: { readonly by: SipRequest | undefined } | undefined;

  constructor(core: Core, arrival: Arrival, local: Endpoint, replaces: Replaces | undefined) {
    this.#core = core;
    this.replaces = replaces;
    this.#arrival = arrival;
    this.request = arrival.request;
    this.flow = arrival.flow;
    this.local = local;
    this.#tag = core.newTag();
    this.#state = dialogOfRequest(arrival.request, this.#tag);
    this.#key = dialogKey(this.#state.id);
    this.#startedAt = core.clock.monotonic();
    core.calls.set(this.#key, this);
    if (isReliable(core, arrival.request)) {
      this.#reliable = new ReliableProgress(core, {
        invite: arrival.request,
        send: (status, content) => void this.#respond(status, content),
        giveUp: () => this.#giveUp(504),
      });
    }
    this.#trying = core.clock.after(TRYING_AFTER, () => this.trying());
    const { expires = 0 } = arrival.request.headers;
    // Some callers say how long they want to wait. @rfc 3261#13.3.1
    const isShort = expires > 0 && expires * 1000 < core.limits.unansweredMs;
    const patience = isShort ? ms(expires * 1000) : core.limits.unansweredMs;
    this.#unanswered = core.clock.after(patience, () => this.#giveUp(isShort ? 487 : 480));
    arrival.transaction.onFailure = () => this.#giveUp(503);
    arrival.transaction.canceller = { toTag: this.#tag, cancel: (cancel) => this.cancel(cancel) };
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  trying(): void {
    if (this.#isEnded || this.#hasSpoken) return;
    this.#respond(100, {});
  }

  progress(status: number, content: ResponseContent = {}): boolean {
    if (this.#isEnded || status <= 100 || status >= 200) return false;
    return this.#reliable?.say(status, content) ?? this.#respond(status, content);
  }

  async send(method: string, content: Content = {}): Promise<Outcome> {
    if (this.#isEnded) return overOutcome;
    return exchange(this.#core, {
      hop: hopWithin(this.#state, this.flow, isPinned(this.#arrival)),
      proofs: undefined,
      parts: (path) => {
        const [state, parts] = partsWithin(this.#state, { method, path, content });
        this.#state = state;
        return parts;
      },
    });
  }

  answer(content: Content, handlers: DialogHandlers): Dialog | undefined {
    if (this.#isEnded) return undefined;
    this.#end();
    const path = { flow: this.flow, local: this.local };
    const { headers } = this.request;
    const mayUpdate = allowsUpdate(headers) ?? false;
    const { sessionTimers } = this.#core;
    const canRefresh = mayUpdate || handlers.onRefreshDue !== undefined;
    const timed =
      sessionTimers && answerSession(sessionTermsOf(headers), sessionTimers, { refresher: "uac", canRefresh });
    const session = new DialogSession(this.#core, this.#state, {
      path,
      isPinned: isPinned(this.#arrival),
      isCaller: false,
      handlers,
      mayUpdate,
      session: timed?.session,
      onPrack: (arrival) => this.#receivePrack(arrival),
    });
    const go = (): void => {
      this.#held = undefined;
      this.#respond(200, { ...content, headers: [...(content.headers ?? []), ...(timed?.headers ?? [])] });
      session.awaitAck(this.#arrival);
    };
    if (this.#reliable === undefined) go();
    else if (this.#reliable.answer(go)) {
      this.#held = session;
      session.holdBye();
    }
    return session;
  }

  reject(status: number, content: ResponseContent = {}): boolean {
    if (this.#isEnded || !Number.isInteger(status) || status < 300 || status > 699) return false;
    this.#end();
    return this.#respond(status, content);
  }

  onCancel(heard: (cancel: SipRequest | undefined) => void): void {
    this.#onCancel = heard;
    const cancelled = this.#cancelled;
    if (cancelled !== undefined) this.#core.guard(() => heard(cancelled.by));
  }

  /** The caller cancels; the CANCEL itself has been answered. @rfc 3261#9.2 */
  cancel(cancel: SipRequest | undefined): void {
    if (this.#held !== undefined) return this.#dropHeld(487, { by: "remote", cause: "bye" });
    if (this.#isEnded) return;
    this.#end();
    this.#respond(487, {});
    this.#tellCancelled(cancel);
  }

  onRequest(heard: (incoming: IncomingRequest) => void): void {
    this.#onRequest = heard;
  }

  /** A request with our tag before the answer: BYE ends the call, others are the owner's or have to wait. */
  receive(arrival: Arrival): void {
    const { method } = arrival.request;
    const taken = takeRequest(this.#state, arrival.request);
    if (taken.ok) this.#state = taken.value;
    if (taken.ok && method === "PRACK") return this.#receivePrack(arrival);
    const heard = this.#onRequest;
    if (taken.ok && heard !== undefined && method !== "INVITE" && method !== "BYE") {
      const onFinal = (final: number): void => {
        if (method === "UPDATE" && final < 300) this.#state = withTargetOf(this.#state, arrival.request);
      };
      const incoming = new ServerRequest(this.#core, arrival, this.local, { onFinal });
      return this.#core.guard(() => heard(incoming));
    }
    // A second INVITE has to wait until the first is answered. @rfc 3261#14.2
    const isTooEarly = taken.ok && method === "INVITE";
    const status = !taken.ok || isTooEarly ? 500 : method === "BYE" ? 200 : 491;
    const content = isTooEarly ? { headers: retrySoon(this.#core) } : {};
    answer(this.#core, arrival, { status, content, local: this.local, toTag: this.#tag });
    if (status === 200) this.cancel(arrival.request);
  }

  /** Its PRACK lets what waits go on; one with a body is the owner's to answer. @rfc 3262#3 */
  #receivePrack(arrival: Arrival): void {
    const isTaken = this.#reliable?.take(arrival.request) === true;
    const heard = this.#onRequest;
    if (isTaken && heard !== undefined && arrival.request.body.length > 0) {
      this.#core.guard(() => heard(new ServerRequest(this.#core, arrival, this.local)));
    } else {
      const status = isTaken ? 200 : 481;
      answer(this.#core, arrival, { status, content: {}, local: this.local, toTag: this.#tag });
    }
    if (isTaken) this.#reliable?.goOn();
  }

  /** The 2xx never went out: nobody acknowledged what came before it, or the caller gave up. */
  #dropHeld(status: number, end: DialogEnd): void {
    const session = this.#held;
    this.#held = undefined;
    this.#reliable?.stop();
    this.#respond(status, {});
    session?.neverBegan(end);
  }

  snapshot(): DialogSnapshot {
    const { id } = this.#state;
    return { id, at: "early", isCaller: false, flow: this.flow, startedAt: this.#startedAt };
  }

  acknowledge(): void {}

  drop(): void {
    if (this.#isEnded) return;
    this.#end();
    this.#tellCancelled(undefined);
  }

  #giveUp(status: number): void {
    if (this.#held !== undefined) return this.#dropHeld(status, { by: "local", cause: "no-ack" });
    if (this.#isEnded) return;
    this.#end();
    this.#respond(status, {});
    this.#tellCancelled(undefined);
  }

  #tellCancelled(by: SipRequest | undefined): void {
    this.#cancelled = { by };
    const heard = this.#onCancel;
    if (heard !== undefined) this.#core.guard(() => heard(by));
  }

  #end(): void {
    this.#isEnded = true;
    this.#trying?.cancel();
    this.#unanswered?.cancel();
    this.#trying = undefined;
    this.#unanswered = undefined;
    this.#core.calls.delete(this.#key);
  }

  #respond(status: number, content: ResponseContent): boolean {
    if (status >= 300) this.#reliable?.stop();
    this.#hasSpoken = true;
    this.#trying?.cancel();
    const contactUser = parseUri(this.request.uri)?.user;
    return answer(this.#core, this.#arrival, { status, content, local: this.local, toTag: this.#tag, contactUser });
  }
}
