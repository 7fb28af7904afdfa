import { randomHex } from "@cordboard/kernel";
import { dialogKey } from "../dialog/dialog.ts";
import { checkMessage } from "../message/check.ts";
import { parseMessage } from "../message/parse.ts";
import { ProxyCore } from "../proxy/proxy-core.ts";
import type { ProxyOptions } from "../proxy/types.ts";
import type { Replaces } from "../refer/replaces.ts";
import { contactValue, hasContact } from "./build.ts";
import type { Core } from "./core.ts";
import { createCore } from "./core.ts";
import { describeAgent } from "./describe.ts";
import type { Services } from "./dispatch.ts";
import { answerStateless, dispatch, dispatchAck } from "./dispatch.ts";
import { exchange, proofsOf } from "./exchange.ts";
import type { Flow } from "./flow.ts";
import { Notifiers } from "./notifier.ts";
import type { Notifier, NotifierOptions } from "./notifier-types.ts";
import { keepRegistered } from "./registration.ts";
import type { Outcome } from "./request-types.ts";
import type { ServerRequest } from "./server-request.ts";
import { stampVia } from "./stamp.ts";
import { tracer } from "./trace.ts";
import type {
  AgentState,
  CallHandler,
  FoundDialog,
  InviteHandlers,
  InviteOptions,
  Listening,
  OutgoingCall,
  RegisterOptions,
  Registration,
  RequestHandler,
  RequestOptions,
  SipAgent,
  SipAgentOptions,
} from "./types.ts";
import { firstSeq, hopOf, outsideFields, UacCall } from "./uac-call.ts";

/** Entries of each list that {@link SipAgent.describe} gives. */
const LONGEST_LIST = 1000;

/** Makes an agent; nothing is opened before `listen`. */
export const createSipAgent = (options: SipAgentOptions): SipAgent => new UserAgent(options);

/** A SIP user agent core. @rfc 3261#8 */
class UserAgent implements SipAgent {
  readonly #options: SipAgentOptions;
  readonly #core: Core;
  readonly #handlers = new Map<string, (incoming: ServerRequest) => void>();
  readonly #notifiers: Notifiers;
  readonly #traceIn: ReturnType<typeof tracer>;
  #onCall: CallHandler | undefined;
  #proxy: ProxyCore | undefined;
  #services: Services;

  constructor(options: SipAgentOptions) {
    this.#options = options;
    this.#core = createCore(
      options,
      {
        onRequest: (request, flow) => {
          if (this.#proxy?.take(request, flow) !== true) dispatch(this.#core, this.#services, request, flow);
        },
        onAck: (ack, flow) => {
          if (this.#proxy?.takeAck(ack, flow) !== true) dispatchAck(this.#core, ack);
        },
      },
      () => this.#allow(),
    );
    this.#notifiers = new Notifiers(this.#core);
    this.#traceIn = tracer(options.trace, this.#core.clock, "in");
    this.#services = this.#currentServices();
  }

  async listen(): Promise<readonly Listening[]> {
    const listening: Listening[] = [];
    try {
      for (const transport of this.#options.transports) {
        const local = await transport.open({
          onMessage: (bytes, flow) => this.#receive(bytes, flow),
          onClosed: ({ connection }) => {
            if (connection !== undefined) this.#core.layer.connectionLost(connection);
          },
        });
        this.#core.outbound.bind(transport, local);
        if (local !== undefined) listening.push({ transport: transport.name, ...local });
      }
    } catch (cause) {
      await this.close();
      throw cause;
    }
    return listening;
  }

  async close(): Promise<void> {
    const { waiting, calls, dialogs, subscriptions, layer } = this.#core;
    for (const end of [...waiting]) end();
    for (const call of [...calls.values()]) call.drop();
    for (const dialog of [...dialogs.values()]) dialog.drop();
    for (const subscription of [...subscriptions.values()]) subscription.drop();
    layer.close();
    await Promise.all(this.#options.transports.map((transport) => transport.close()));
  }

  handle(method: string, handler: RequestHandler): void {
    this.#handlers.set(method, handler);
    this.#services = this.#currentServices();
  }

  onCall(handler: CallHandler): void {
    this.#onCall = handler;
    if (!this.#handlers.has("OPTIONS")) this.#handlers.set("OPTIONS", (incoming) => incoming.respond(200));
    this.#services = this.#currentServices();
  }

  notifier(options: NotifierOptions): Notifier {
    this.#handlers.set("SUBSCRIBE", (incoming) => this.#notifiers.take(incoming));
    this.#services = this.#currentServices();
    return this.#notifiers.add(options);
  }

  proxy(options: ProxyOptions): void {
    this.#proxy = new ProxyCore(this.#core, options, this.#options.admit);
  }

  invite(options: InviteOptions, handlers: InviteHandlers): OutgoingCall {
    const call = new UacCall(this.#core, options, handlers);
    call.start();
    return call;
  }

  send(options: RequestOptions): Promise<Outcome> {
    const { method, uri, headers = [], body, contentType } = options;
    const ids = { tag: this.#core.newTag(), callId: options.callId ?? randomHex(this.#core.random, 16) };
    let seq = options.cseq ?? firstSeq(this.#core);
    return exchange(this.#core, {
      hop: hopOf(options),
      proofs: proofsOf(this.#core, options.credentials),
      parts: (path) => ({
        method,
        uri,
        fields: outsideFields(options, method, { ...ids, seq: seq++ }),
        contact: hasContact(method) ? contactValue(path.flow, path.local, options.contactUser) : undefined,
        content: {
          headers,
          ...(body !== undefined && { body }),
          ...(contentType !== undefined && { contentType }),
        },
      }),
    });
  }

  register(options: RegisterOptions): Registration {
    return keepRegistered(this.#core, options);
  }

  dialogOf({ callId, toTag, fromTag }: Pick<Replaces, "callId" | "toTag" | "fromTag">): FoundDialog | undefined {
    const { dialogs, calls, branches } = this.#core;
    const key = dialogKey({ callId, localTag: toTag, remoteTag: fromTag });
    const entry = dialogs.get(key) ?? calls.get(key) ?? branches.get(key);
    if (entry === undefined) return undefined;
    const { id, at, isCaller } = entry.snapshot();
    return { id, at, isCaller };
  }

  describe(longest = LONGEST_LIST): AgentState {
    return describeAgent(this.#core, this.#options.transports, longest);
  }

  /** Takes one message as it came; whatever it holds, this never throws. */
  #receive(bytes: Uint8Array, flow: Flow): void {
    this.#traceIn?.(bytes, flow);
    const parsed = parseMessage(bytes);
    const refusal = parsed.ok ? checkMessage(parsed.value) : parsed.error;
    if (refusal !== undefined) {
      const { answerable, status, why } = refusal;
      if (answerable !== undefined)
        answerStateless(this.#core, stampVia(answerable, flow), flow, { status, reason: why });
      return;
    }
    if (!parsed.ok) return;
    const message = parsed.value;
    this.#core.layer.receive(message.type === "request" ? stampVia(message, flow) : message, flow);
  }

  #currentServices(): Services {
    return {
      handlers: this.#handlers,
      onCall: this.#onCall,
      admit: this.#options.admit,
    };
  }

  #allow(): string {
    const calls = this.#onCall === undefined ? [] : ["INVITE", "ACK", "CANCEL", "BYE"];
    const own = this.#options.reliable === undefined ? calls : [...calls, "PRACK"];
    return [...new Set([...own, ...this.#handlers.keys(), ...(this.#options.inDialog ?? [])])].join(", ");
  }
}
