import { dialogKey } from "../dialog/dialog.ts";
import { knownMethods } from "../message/check.ts";
import type { HeaderField, HeaderList } from "../message/header-field.ts";
import type { SipRequest } from "../message/message.ts";
import { printMessage } from "../message/print.ts";
import { respondTo } from "../message/respond.ts";
import { sessionDescriptionOf } from "../message/session-body.ts";
import { parseUri, uriScheme } from "../message/uri.ts";
import { replacesOf } from "../refer/replaces.ts";
import { replyFlow } from "../transaction/layer.ts";
import type { Arrival, Core, DialogEntry } from "./core.ts";
import { withLocal } from "./core.ts";
import type { Flow } from "./flow.ts";
import { answer, ServerRequest } from "./server-request.ts";
import { tooShortSession } from "./session-refresh.ts";
import type { CallHandler, SipAgentOptions } from "./types.ts";
import { UasCall } from "./uas-call.ts";

/** Who serves requests outside dialogs. */
export interface Services {
  readonly handlers: ReadonlyMap<string, (incoming: ServerRequest) => void>;
  readonly onCall: CallHandler | undefined;
  readonly admit: SipAgentOptions["admit"];
}

/** Answers a request without a transaction: for what cannot be read, and for what is refused before any work. */
export function answerStateless(core: Core, request: SipRequest, flow: Flow, parts: StatelessAnswer): void {
  const { via } = request.headers;
  if (request.method === "ACK") return;
  const headers: HeaderField[] = [...(parts.headers ?? []), ["Server", core.product]];
  const toTag = statelessTag(via?.params.get("branch") ?? request.headers.callId ?? "");
  const response = respondTo(request, parts.status, {
    headers,
    toTag,
    ...(parts.reason !== undefined && { reason: parts.reason }),
  });
  core.wire.send(printMessage(response), via === undefined ? flow : replyFlow(via, flow));
}

/** What is answered without a transaction. */
export interface StatelessAnswer {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: HeaderList;
}

/** The same tag for every repetition of a request, as nothing is remembered. @rfc 3261#8.2.7 */
function statelessTag(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return `s${hash.toString(16)}`;
}

/** Takes a request that starts a transaction and brings it to whom it belongs, or refuses it. @rfc 3261#8.2 */
export function dispatch(core: Core, services: Services, request: SipRequest, flow: Flow): void {
  // By its INVITE's transaction, within a dialog too: a re-INVITE may be cancelled.
  if (request.method === "CANCEL") {
    // Each INVITE has one CANCEL, which always finds room; made-up ones do not.
    const isMadeUp = core.layer.cancelled(request) === undefined;
    if (isMadeUp && tableFull(core) !== undefined) return answerStateless(core, request, flow, { status: 481 });
    return cancel(core, open(core, request, flow));
  }
  const entry = request.headers.toTag === undefined ? undefined : dialogOf(core, request);
  if (entry !== undefined) {
    // What belongs to calls goes beyond the limit, but not without end; a dialog has one BYE.
    if (request.method !== "BYE" && core.layer.size >= 2 * core.limits.transactions)
      return answerStateless(core, request, flow, { status: 503 });
    const arrival = open(core, request, flow);
    // A BYE is understood whatever it requires: refused, it would leave us with a dialog that the peer has left.
    const refusal = request.method === "BYE" ? undefined : unsupported(core, request);
    return refusal === undefined ? entry.receive(arrival) : refuse(core, arrival, refusal);
  }
  const retryAfter =
    request.method === "INVITE" && request.headers.toTag === undefined
      ? overload(core, services, { request, flow })
      : tableFull(core);
  if (retryAfter !== undefined) {
    return answerStateless(core, request, flow, { status: 503, headers: [["Retry-After", String(retryAfter)]] });
  }
  const isMerged = core.layer.isMerged(request);
  const arrival = open(core, request, flow);
  if (request.headers.toTag !== undefined) return refuse(core, arrival, { status: 481 });
  const refusal = isMerged ? { status: 482 } : inspect(core, services, request);
  if (refusal !== undefined) return refuse(core, arrival, refusal);
  if (request.method === "INVITE") return ring(core, services, arrival);
  const handler = services.handlers.get(request.method);
  if (handler === undefined) return refuse(core, arrival, { status: 405 });
  withLocal(core, flow, (local) => {
    const incoming = new ServerRequest(core, arrival, local);
    core.guard(() => handler(incoming));
  });
}

/** Brings the ACK to a 2xx to its dialog; others are dropped. */
export function dispatchAck(core: Core, ack: SipRequest): void {
  dialogOf(core, ack)?.acknowledge(ack);
}

function dialogOf(core: Core, { headers }: SipRequest): DialogEntry | undefined {
  const key = dialogKey({
    callId: headers.callId ?? "",
    localTag: headers.toTag ?? "",
    remoteTag: headers.fromTag ?? "",
  });
  return core.dialogs.get(key) ?? core.calls.get(key) ?? core.branches.get(key) ?? core.subscriptions.get(key);
}

const open = (core: Core, request: SipRequest, flow: Flow): Arrival => ({
  request,
  flow,
  transaction: core.layer.accept(request, flow),
});

/** Seconds after which a new call may be tried again; undefined when it is welcome now. */
function overload(
  core: Core,
  services: Services,
  { request, flow }: Pick<Arrival, "request" | "flow">,
): number | undefined {
  if (core.dialogs.size + core.calls.size >= core.limits.dialogs) return 5;
  return tableFull(core) ?? services.admit?.(request, flow)?.retryAfterSeconds;
}

const tableFull = (core: Core): number | undefined => (core.layer.size >= core.limits.transactions ? 5 : undefined);

/** Finds the INVITE that a CANCEL is about. @rfc 3261#9.2 */
function cancel(core: Core, arrival: Arrival): void {
  const invite = core.layer.cancelled(arrival.request);
  const canceller = invite?.canceller;
  if (invite === undefined || canceller === undefined) return refuse(core, arrival, { status: 481 });
  answer(core, arrival, { status: 200, content: {}, local: arrival.flow.local, toTag: canceller.toTag });
  if (invite.isOpen) canceller.cancel(arrival.request);
}

/** What is wrong with a request outside dialogs, in the RFC's order of looking. @rfc 3261#8.2 */
function inspect(core: Core, services: Services, request: SipRequest): StatelessAnswer | undefined {
  const { headers, method, uri } = request;
  const isServed = method === "INVITE" ? services.onCall !== undefined : services.handlers.has(method);
  if (!isServed) return { status: knownMethods.has(method) ? 405 : 501, headers: [["Allow", core.allow()]] };
  const scheme = uriScheme(uri);
  if (scheme !== undefined && scheme !== "sip" && scheme !== "sips") return { status: 416 };
  if (parseUri(uri) === undefined) return { status: 400, reason: "Malformed Request-URI" };
  if (headers.maxForwards === 0) return { status: 483 };
  if (method === "INVITE") {
    const body = inspectBody(request);
    if (body !== undefined) return body;
    const isMalformed = core.supported.has("replaces") && replacesOf(headers) === "malformed";
    if (isMalformed) return { status: 400, reason: "Malformed Replaces" };
    const tooShort = tooShortSession(core, headers);
    if (tooShort !== undefined) return { status: 422, headers: tooShort };
  }
  return unsupported(core, request);
}

/** What is required of us that we do not know. @rfc 3261#8.2.2.3 */
function unsupported({ supported }: Core, { headers }: SipRequest): StatelessAnswer | undefined {
  const unknown = headers.values("Require").filter((tag) => !supported.has(tag));
  return unknown.length === 0 ? undefined : { status: 420, headers: [["Unsupported", unknown.join(", ")]] };
}

/** Calls speak SDP, and nothing else. @rfc 3261#8.2.3 @rfc 3261#21.4.7 */
function inspectBody(request: SipRequest): StatelessAnswer | undefined {
  const description = sessionDescriptionOf(request);
  if (!description.ok) return description.error;
  const accepted = request.headers.values("Accept").map((value) => value.split(";")[0]?.trim().toLowerCase());
  const isHeard =
    accepted.length === 0 ||
    accepted.some((type) => type === "application/sdp" || type === "application/*" || type === "*/*");
  return isHeard ? undefined : { status: 406 };
}

function refuse(core: Core, arrival: Arrival, { status, reason, headers = [] }: StatelessAnswer): void {
  const content = reason === undefined ? { headers } : { headers, reason };
  answer(core, arrival, { status, content, local: arrival.flow.local, toTag: core.newTag() });
}

function ring(core: Core, services: Services, arrival: Arrival): void {
  const replaces = core.supported.has("replaces") ? replacesOf(arrival.request.headers) : undefined;
  const call = new UasCall(core, arrival, arrival.flow.local, replaces === "malformed" ? undefined : replaces);
  withLocal(core, arrival.flow, (local) => {
    call.local = local;
    if (!call.isEnded) core.guard(() => services.onCall?.(call));
  });
}
