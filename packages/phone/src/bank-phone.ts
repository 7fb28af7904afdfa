import { ms, silentLog } from "@cordboard/kernel";
import type { Endpoint, Flow, IncomingCall, Registration, TransportName } from "@cordboard/sip";
import { noParams, printNameAddr } from "@cordboard/sip";
import { behave } from "./call/behaviour.ts";
import { CallList } from "./call/call-list.ts";
import { takeCall } from "./call/incoming.ts";
import type { LiveCall } from "./call/live-call.ts";
import type { Caller } from "./call/outgoing.ts";
import { placeCall } from "./call/outgoing.ts";
import type { Within } from "./conditions.ts";
import { atMost, PhoneError } from "./conditions.ts";
import type { Line } from "./line.ts";
import { phoneState } from "./phone-state.ts";
import type { CallOptions, Phone, PhoneAccount, PhoneCall, PhoneState } from "./types.ts";

/** What a phone of a bank is made of. */
export interface BankPhoneParts {
  readonly line: Line;
  /** The way to the server. */
  readonly flow: Flow;
  readonly account: PhoneAccount;
  /** The last step of closing. */
  readonly onClosed: () => Promise<void>;
}

/** How long closing waits for the server's answer to the last REGISTER. */
const GOODBYE = ms(2000);

/** A phone that shares its bank's SIP agent and timer. */
export class BankPhone implements Phone {
  readonly user: string;
  readonly addressOfRecord: string;
  readonly listening: Endpoint & { readonly transport: TransportName };
  readonly #parts: BankPhoneParts;
  /** Its calls, for the bank's own account. */
  readonly calls: CallList;
  readonly #caller: Caller;
  readonly #onOver = (call: LiveCall): void => this.calls.remove(call);
  #onCall: (call: PhoneCall) => void = () => {};
  #registration: Registration | undefined;
  #isRegistered = false;
  #closing: Promise<void> | undefined;

  constructor(parts: BankPhoneParts) {
    const { line, flow, account } = parts;
    const { user, password, domain, displayName } = account;
    this.#parts = parts;
    this.user = user;
    this.addressOfRecord = `sip:${user}@${domain}`;
    this.listening = { ...flow.local, transport: flow.transport };
    const from = printNameAddr({ display: displayName, uri: this.addressOfRecord, params: noParams });
    this.#caller = { line, flow, from, user, password, domain };
    this.calls = new CallList(line.clock);
  }

  async register(): Promise<void> {
    this.#mustBeOpen();
    const { line, flow, account } = this.#parts;
    await this.unregister();
    const registration = line.agent.register({
      registrar: `sip:${account.domain}`,
      aor: this.addressOfRecord,
      credentials: { username: account.user, password: account.password },
      flow,
      onChange: (outcome) => {
        this.#isRegistered = this.#registration === registration && outcome.ok;
      },
      ...(account.expiresSeconds === undefined ? {} : { expiresSeconds: account.expiresSeconds }),
    });
    this.#registration = registration;
    const outcome = await registration.first;
    if (outcome.ok) return;
    await this.unregister();
    throw new PhoneError(
      "not-possible",
      `${this.addressOfRecord} was refused with ${outcome.status} (${outcome.cause})`,
    );
  }

  async unregister(): Promise<void> {
    const registration = this.#registration;
    this.#registration = undefined;
    this.#isRegistered = false;
    await registration?.unregister();
  }

  get isRegistered(): boolean {
    return this.#isRegistered;
  }

  call(number: string, options: CallOptions = {}): PhoneCall {
    this.#mustBeOpen();
    const sound = options.sound ?? this.#parts.account.sound ?? "silence";
    const call = placeCall(this.#caller, number, { ...options, sound, onOver: this.#onOver });
    this.calls.add(call);
    return call;
  }

  onCall(handler: (call: PhoneCall) => void): void {
    this.#onCall = handler;
  }

  nextCall(within?: Within): Promise<PhoneCall> {
    return this.calls.next(within);
  }

  /** Takes a call that came in over the bank's agent. */
  take(incoming: IncomingCall): void {
    if (this.#closing !== undefined) return void incoming.reject(480);
    const { line, account } = this.#parts;
    const { sound = "silence", answer = "ring", answersWhenAsked = false, obeysTalk = false } = account;
    const call = takeCall(line, incoming, { sound, obeysTalk, onOver: this.#onOver });
    const usual = typeof answer === "function" ? answer(call) : answer;
    const behaviour = answersWhenAsked && call.asksToBeAnswered ? "auto" : usual;
    this.calls.arrived(call);
    this.#onCall(call);
    behave(call, behaviour).catch((error: unknown) => {
      if (call.state !== "over") (line.log ?? silentLog).warn("a phone left its script", { error: String(error) });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock } = this.#parts.line;
    await Promise.all([this.calls.hangUp(), atMost(clock, GOODBYE, this.unregister())]);
    await this.calls.close();
    await this.#parts.onClosed();
  }

  describe(): PhoneState {
    return phoneState(this.#parts.line.agent, [this.calls], this.#isRegistered);
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new PhoneError("phone-closed", `the phone of ${this.user} is closed`);
  }
}
