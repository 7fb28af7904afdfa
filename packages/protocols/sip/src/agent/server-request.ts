import type { HeaderList } from "../message/header-field.ts";
import type { SipRequest } from "../message/message.ts";
import { respondTo } from "../message/respond.ts";
import { contactValue, hasContact } from "./build.ts";
import type { Arrival, Core } from "./core.ts";
import type { Endpoint, Flow } from "./flow.ts";
import type { IncomingRequest, ResponseContent } from "./request-types.ts";

/** What happens beside when a request is answered. */
export interface ResponseHooks {
  /** Headers that the response carries too. */
  readonly headersFor?: (status: number) => HeaderList;
  /** The final response has gone out. */
  readonly onFinal?: (status: number) => void;
}

/** A request from outside with its transaction; gives it to its owner as {@link IncomingRequest}. */
export class ServerRequest implements IncomingRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly local: Endpoint;
  readonly #core: Core;
  readonly #arrival: Arrival;
  readonly #hooks: ResponseHooks;
  #tag: string | undefined;

  constructor(core: Core, arrival: Arrival, local: Endpoint, hooks: ResponseHooks = {}) {
    this.request = arrival.request;
    this.flow = arrival.flow;
    this.local = local;
    this.#core = core;
    this.#arrival = arrival;
    this.#hooks = hooks;
  }

  respond(status: number, content: ResponseContent = {}): boolean {
    if (!Number.isInteger(status) || status < 100 || status > 699) return false;
    if (!this.#arrival.transaction.isOpen) return false;
    const added = this.#hooks.headersFor?.(status) ?? [];
    const whole = added.length === 0 ? content : { ...content, headers: [...(content.headers ?? []), ...added] };
    const sent = answer(this.#core, this.#arrival, { status, content: whole, local: this.local, toTag: this.toTag });
    if (sent && status >= 200) this.#hooks.onFinal?.(status);
    return sent;
  }

  /** Whether it still waits for its final response. */
  get isOpen(): boolean {
    return this.#arrival.transaction.isOpen;
  }

  /** Whether requests to its sender go back over the same flow. */
  get isPinned(): boolean {
    return isPinned(this);
  }

  /** Our tag in the responses. */
  get toTag(): string {
    this.#tag ??= this.#core.newTag();
    return this.#tag;
  }
}

/** When a second INVITE that came too early may come again: within ten seconds. @rfc 3261#14.2 */
export const retrySoon = (core: Core): HeaderList => [["Retry-After", String((core.random.bytes(1)[0] ?? 0) % 11)]];

/** What is answered. */
export interface AnswerParts {
  readonly status: number;
  readonly content: ResponseContent;
  readonly local: Endpoint;
  readonly toTag: string;
  /** User part of our Contact. */
  readonly contactUser?: string | undefined;
}

/** Methods whose 2xx says what we can do. @rfc 3261#13.3.1.4 */
const tellsAbilities: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "OPTIONS"]);

/** Sends a response on a request's transaction with what the stack adds: To tag, Contact, Allow, Server. */
export function answer(core: Core, { request, flow, transaction }: Arrival, parts: AnswerParts): boolean {
  const { status, content } = parts;
  const headers = [...(content.headers ?? [])];
  const has = (name: string): boolean => headers.some(([each]) => each.toLowerCase() === name);
  if (status > 100 && status < 300 && hasContact(request.method) && !has("contact")) {
    headers.push(["Contact", contactValue(flow, parts.local, parts.contactUser)]);
  }
  const tellsAllow =
    (status >= 200 && status < 300 && tellsAbilities.has(request.method)) || status === 405 || status === 501;
  if (tellsAllow && !has("allow")) headers.push(["Allow", core.allow()]);
  if (tellsAllow && status < 300 && core.tellsSupported !== "") headers.push(["Supported", core.tellsSupported]);
  if (!has("server")) headers.push(["Server", core.product]);
  const { toTag } = parts;
  return transaction.respond(
    respondTo(request, status, status === 100 ? { ...content, headers } : { ...content, headers, toTag }),
  );
}

/**
 * Whether requests to this peer go back over the flow that its INVITE came by, rather than to its Contact: over its own
 * connection, and to a peer that sent directly and asked for symmetric responses, because it may sit behind NAT.
 */
export function isPinned({ request, flow }: Pick<Arrival, "request" | "flow">): boolean {
  const { headers } = request;
  if (headers.has("Record-Route") || headers.values("Via").length > 1) return false;
  return flow.connection !== undefined || headers.via?.params.has("rport") === true;
}
