import type { Millis, Timer } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { printMessage } from "../message/print.ts";
import type { InviteServerInput, InviteServerState } from "./invite-server.ts";
import { startInviteServer, stepInviteServer } from "./invite-server.ts";
import type { Action, MachineContext, Step, TimerName } from "./machine.ts";
import { patience } from "./machine.ts";
import type { RequestServerInput, RequestServerState } from "./request-server.ts";
import { startRequestServer, stepRequestServer } from "./request-server.ts";
import { TimerSlots } from "./timer-slots.ts";
import type { Wire } from "./wire.ts";

/** Whom a server transaction tells. */
export interface ServerOwner {
  /** An ACK that came on the INVITE's own branch after a 2xx. */
  onAck(ack: SipRequest, flow: Flow): void;
  /** Credentials were asked for: the same request will come again, and some phones do not raise its CSeq. */
  onChallenged(transaction: ServerTransaction): void;
  onGone(transaction: ServerTransaction): void;
}

/** What a CANCEL is told to. */
export interface Canceller {
  /** Our tag, for the answer to the CANCEL. */
  readonly toTag: string;
  cancel(cancel: SipRequest): void;
}

type State = InviteServerState | RequestServerState;
type Input = InviteServerInput | RequestServerInput;

/** A request from outside until its last repetition has passed; runs the machine of its method. @rfc 3261#17.2 */
export class ServerTransaction {
  readonly key: string;
  /** By which a request that came here twice by different ways is found; undefined within dialogs. */
  readonly mergeKey: string | undefined;
  /** Where responses go. */
  readonly flow: Flow;
  readonly method: string;
  /** On the monotonic clock. */
  readonly startedAt: Millis;
  readonly #isInvite: boolean;
  readonly #wire: Wire;
  readonly #owner: ServerOwner;
  readonly #slots: TimerSlots;
  readonly #context: MachineContext;
  #state: State;
  #last: Uint8Array | undefined;
  #ack: { readonly request: SipRequest; readonly flow: Flow } | undefined;
  #guard: Timer | undefined;
  #failing: Timer | undefined;
  #onFailure: (() => void) | undefined;
  /** Who hears of a CANCEL for this INVITE while it has no final response. */
  canceller: Canceller | undefined;

  constructor(keys: ServerKeys, wire: Wire, reply: Flow, owner: ServerOwner) {
    this.key = keys.key;
    this.mergeKey = keys.mergeKey;
    this.flow = reply;
    this.#wire = wire;
    this.#owner = owner;
    this.method = keys.method;
    this.startedAt = wire.clock.monotonic();
    this.#isInvite = this.method === "INVITE";
    this.#state = this.#isInvite ? startInviteServer : startRequestServer;
    this.#context = { timers: wire.timers, isReliable: wire.isReliable(reply.transport) };
    this.#slots = new TimerSlots(wire.clock, (timer: TimerName) => this.#input({ type: "timer", timer } as Input));
    if (!this.#isInvite) this.#limitPatience();
  }

  get at(): string {
    return this.#state.at;
  }

  get kind(): "invite-server" | "request-server" {
    return this.#isInvite ? "invite-server" : "request-server";
  }

  /** Whether a final response may still be given. */
  get isOpen(): boolean {
    return this.#state.at === "trying" || this.#state.at === "proceeding";
  }

  /** Told when the transport took no response, or nobody acknowledged the final one; a final response may still be tried. */
  set onFailure(heard: () => void) {
    this.#onFailure = heard;
  }

  /** The same request once more. */
  repeat(): void {
    this.#input({ type: "request" });
  }

  ack(request: SipRequest, flow: Flow): void {
    this.#ack = { request, flow };
    this.#input({ type: "ack" } as Input);
    this.#ack = undefined;
  }

  /** Sends a response, or a 2xx to INVITE once more. False when a final one was given already. */
  respond(response: SipResponse): boolean {
    const mayResend = this.#state.at === "accepted" && response.status >= 200 && response.status < 300;
    if (!this.isOpen && !mayResend) return false;
    this.#last = printMessage(response);
    if (response.status >= 200) {
      this.#guard?.cancel();
      this.#guard = undefined;
      if (response.status === 401 || response.status === 407) this.#owner.onChallenged(this);
      // Nobody cancels it any more; what hangs on these (the call, its request) need not stay for as long as we do.
      this.canceller = undefined;
      this.#onFailure = undefined;
    }
    this.#input({ type: "respond", status: response.status });
    return true;
  }

  /** Sends the 2xx to INVITE again. */
  resend(): void {
    if (this.#state.at === "accepted") this.#input({ type: "respond", status: 200 });
  }

  /** Ends it without a word to anybody. */
  abandon(): void {
    this.#state = { at: "terminated", because: "done" };
    this.#end();
  }

  /** The machine waits for its user for ever; whoever sent the request, or cannot be reached, has given up after this. */
  #limitPatience(): void {
    this.#guard ??= this.#wire.clock.after(patience(this.#wire.timers), () => this.abandon());
  }

  #end(): void {
    this.#guard?.cancel();
    this.#guard = undefined;
    this.#failing?.cancel();
    this.#failing = undefined;
    this.#slots.stopAll();
    this.#owner.onGone(this);
  }

  #input(input: Input): void {
    if (this.#state.at === "terminated") return;
    this.#take(
      this.#isInvite
        ? stepInviteServer(this.#state as InviteServerState, input as InviteServerInput, this.#context)
        : stepRequestServer(this.#state as RequestServerState, input as RequestServerInput, this.#context),
    );
  }

  #take([state, actions]: Step<State>): void {
    this.#state = state;
    for (const action of actions) {
      // The user may have ended the transaction from within an earlier action.
      if (this.#state !== state) break;
      this.#run(action);
    }
    if (this.#state.at === "terminated") this.#end();
  }

  #run(action: Action): void {
    switch (action.type) {
      case "send-response":
        return this.#send();
      case "pass-up":
        if (this.#ack !== undefined) this.#owner.onAck(this.#ack.request, this.#ack.flow);
        return;
      case "report":
        if (this.isOpen) this.#limitPatience();
        return this.#onFailure?.();
      case "start-timer":
        return this.#slots.start(action.timer, action.after);
      case "stop-timer":
        return this.#slots.stop(action.timer);
      case "send-request":
      case "send-ack":
        return;
      default:
        return unreachable(action);
    }
  }

  #send(): void {
    if (this.#last === undefined) return;
    const sent = this.#wire.send(this.#last, this.flow, () => this.#input({ type: "transport-failed" }));
    if (sent.ok || this.#failing !== undefined) return;
    this.#failing = this.#wire.clock.after(ms(0), () => {
      this.#failing = undefined;
      this.#input({ type: "transport-failed" });
    });
  }
}

/** By what a server transaction is found. */
export interface ServerKeys {
  readonly key: string;
  readonly mergeKey: string | undefined;
  readonly method: string;
}
