import type { Millis, Timer } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { HeaderField } from "../message/header-field.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { printMessage } from "../message/print.ts";
import type { InviteClientInput, InviteClientState } from "./invite-client.ts";
import { startInviteClient, stepInviteClient } from "./invite-client.ts";
import type { Action, MachineContext, Step } from "./machine.ts";
import type { RequestClientInput, RequestClientState } from "./request-client.ts";
import { startRequestClient, stepRequestClient } from "./request-client.ts";
import { TimerSlots } from "./timer-slots.ts";
import type { Wire } from "./wire.ts";

/** Who sent the request. */
export interface ClientUser {
  /** Every response: provisional ones, then the final one; repeated and further 2xx to INVITE as well. */
  onResponse(response: SipResponse, flow: Flow): void;
  /** No final response will come. */
  onFailure(failure: "timeout" | "transport"): void;
}

type State = InviteClientState | RequestClientState;
type Input = InviteClientInput | RequestClientInput;

/** A request of ours from its sending to its end; runs the machine of its method. @rfc 3261#17.1 */
export class ClientTransaction {
  readonly key: string;
  readonly flow: Flow;
  readonly method: string;
  /** On the monotonic clock. */
  readonly startedAt: Millis;
  readonly #isInvite: boolean;
  readonly #wire: Wire;
  readonly #user: ClientUser;
  readonly #onGone: (transaction: ClientTransaction) => void;
  readonly #slots: TimerSlots;
  readonly #context: MachineContext;
  #request: SipRequest | undefined;
  #bytes: Uint8Array | undefined;
  #ack: Uint8Array | undefined;
  #response: SipResponse | undefined;
  #responseFlow: Flow;
  #state: State = { at: "terminated", because: "done" };
  #failing: Timer | undefined;

  constructor(
    key: string,
    wire: Wire,
    sent: { readonly request: SipRequest; readonly flow: Flow },
    owner: ClientOwner,
  ) {
    this.key = key;
    this.flow = sent.flow;
    this.#responseFlow = sent.flow;
    this.#wire = wire;
    this.#user = owner.user;
    this.#onGone = owner.onGone;
    this.#request = sent.request;
    this.method = sent.request.method;
    this.startedAt = wire.clock.monotonic();
    this.#isInvite = this.method === "INVITE";
    this.#bytes = printMessage(sent.request);
    this.#context = { timers: wire.timers, isReliable: wire.isReliable(sent.flow.transport) };
    this.#slots = new TimerSlots(wire.clock, (timer) => this.#input({ type: "timer", timer } as Input));
  }

  /** Sends the request; failures are told later, never from within this call. */
  start(): void {
    this.#take(this.#isInvite ? startInviteClient(this.#context) : startRequestClient(this.#context));
  }

  get at(): string {
    return this.#state.at;
  }

  get kind(): "invite-client" | "request-client" {
    return this.#isInvite ? "invite-client" : "request-client";
  }

  /** The request while it may still be needed (to cancel it); gone once a final response came. */
  get request(): SipRequest | undefined {
    return this.#request;
  }

  receive(response: SipResponse, flow: Flow): void {
    this.#response = response;
    this.#responseFlow = flow;
    this.#input({ type: "response", status: response.status });
    this.#response = undefined;
  }

  /** The connection that the request went over is gone. */
  connectionLost(): void {
    this.#input({ type: "transport-failed" });
  }

  /** Ends it without telling its user. */
  abandon(): void {
    this.#failing?.cancel();
    this.#failing = undefined;
    this.#slots.stopAll();
    this.#state = { at: "terminated", because: "done" };
    this.#onGone(this);
  }

  #input(input: Input): void {
    if (this.#state.at === "terminated") return;
    this.#take(
      this.#isInvite
        ? stepInviteClient(this.#state as InviteClientState, input as InviteClientInput, this.#context)
        : stepRequestClient(this.#state as RequestClientState, input as RequestClientInput, this.#context),
    );
  }

  #take([state, actions]: Step<State>): void {
    this.#state = state;
    for (const action of actions) {
      // The user may have ended the transaction from within an earlier action.
      if (this.#state !== state) break;
      this.#run(action);
    }
    if (this.#state.at === "terminated") {
      this.#slots.stopAll();
      this.#onGone(this);
    }
    if (state.at !== "calling" && state.at !== "trying" && state.at !== "proceeding") {
      this.#request = undefined;
      this.#bytes = undefined;
    }
  }

  #run(action: Action): void {
    switch (action.type) {
      case "send-request":
        return this.#send(this.#bytes);
      case "send-ack":
        if (this.#ack === undefined && this.#request !== undefined && this.#response !== undefined) {
          this.#ack = printMessage(ackOf(this.#request, this.#response));
        }
        return this.#send(this.#ack);
      case "pass-up":
        if (this.#response !== undefined) this.#user.onResponse(this.#response, this.#responseFlow);
        return;
      case "report":
        // Without a request the final response was told; that its ACK could not be sent changes nothing for the user.
        if (this.#request !== undefined) this.#user.onFailure(action.failure);
        return;
      case "start-timer":
        return this.#slots.start(action.timer, action.after);
      case "stop-timer":
        return this.#slots.stop(action.timer);
      case "send-response":
        return;
      default:
        return unreachable(action);
    }
  }

  #send(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    const sent = this.#wire.send(bytes, this.flow, () => this.#input({ type: "transport-failed" }));
    if (sent.ok || this.#failing !== undefined) return;
    this.#failing = this.#wire.clock.after(ms(0), () => {
      this.#failing = undefined;
      this.#input({ type: "transport-failed" });
    });
  }
}

/** Whom a client transaction tells. */
export interface ClientOwner {
  readonly user: ClientUser;
  readonly onGone: (transaction: ClientTransaction) => void;
}

/** The ACK to a final response other than 2xx: it belongs to the INVITE's own transaction. @rfc 3261#17.1.1.3 */
function ackOf(invite: SipRequest, response: SipResponse): SipRequest {
  const { headers } = invite;
  const fields: HeaderField[] = [["Via", headers.get("Via") ?? ""]];
  for (const route of headers.all("Route")) fields.push(["Route", route]);
  fields.push(
    ["Max-Forwards", "70"],
    ["From", headers.get("From") ?? ""],
    ["To", response.headers.get("To") ?? headers.get("To") ?? ""],
    ["Call-ID", headers.get("Call-ID") ?? ""],
    ["CSeq", `${headers.cseq?.number ?? 0} ACK`],
    ["Content-Length", "0"],
  );
  return { type: "request", method: "ACK", uri: invite.uri, headers: Headers.of(fields), body: new Uint8Array(0) };
}

/** The CANCEL of an INVITE that has not been answered for good. @rfc 3261#9.1 */
export function cancelOf(invite: SipRequest, reason?: string): SipRequest {
  const { headers } = invite;
  const fields: HeaderField[] = [["Via", headers.get("Via") ?? ""]];
  for (const route of headers.all("Route")) fields.push(["Route", route]);
  fields.push(
    ["Max-Forwards", "70"],
    ["From", headers.get("From") ?? ""],
    ["To", headers.get("To") ?? ""],
    ["Call-ID", headers.get("Call-ID") ?? ""],
    ["CSeq", `${headers.cseq?.number ?? 0} CANCEL`],
  );
  if (reason !== undefined) fields.push(["Reason", reason]);
  fields.push(["Content-Length", "0"]);
  return { type: "request", method: "CANCEL", uri: invite.uri, headers: Headers.of(fields), body: new Uint8Array(0) };
}
