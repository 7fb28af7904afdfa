import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { HeaderField } from "../message/header-field.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import { parseNameAddr } from "../message/values.ts";

/** Names a dialog on our side. @rfc 3261#12 */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** The key by which a dialog is found. */
export const dialogKey = (id: DialogId): string => `${id.callId} ${id.localTag} ${id.remoteTag}`;

/** What a dialog knows. Plain data: the functions below make the next state of it. @rfc 3261#12.1 */
export interface DialogState {
  readonly id: DialogId;
  /** Value of our From in requests that we send (with our tag). */
  readonly localParty: string;
  /** Value of To in requests that we send (with the peer's tag). */
  readonly remoteParty: string;
  /** CSeq number of our last request; undefined before the first. */
  readonly localSeq: number | undefined;
  /** CSeq number of the peer's last request; undefined before the first. */
  readonly remoteSeq: number | undefined;
  /** The peer's Contact. */
  readonly remoteTarget: string;
  /** Route values for our requests, next hop first. */
  readonly routeSet: readonly string[];
}

/** The dialog that an INVITE from outside makes once we answer it with `localTag`. @rfc 3261#12.1.1 */
export function dialogOfRequest(request: SipRequest, localTag: string): DialogState {
  const { headers } = request;
  const to = headers.get("To") ?? "";
  return {
    id: { callId: headers.callId ?? "", localTag, remoteTag: headers.fromTag ?? "" },
    localParty: headers.toTag === undefined ? `${to};tag=${localTag}` : to,
    remoteParty: headers.get("From") ?? "",
    localSeq: undefined,
    remoteSeq: headers.cseq?.number,
    remoteTarget: contactOf(request) ?? headers.from?.uri ?? "",
    routeSet: headers.values("Record-Route"),
  };
}

/** The dialog that a response with a To tag makes of our INVITE. @rfc 3261#12.1.2 */
export function dialogOfResponse(request: SipRequest, response: SipResponse): DialogState {
  const { headers } = response;
  return {
    id: {
      callId: request.headers.callId ?? "",
      localTag: request.headers.fromTag ?? "",
      remoteTag: headers.toTag ?? "",
    },
    localParty: request.headers.get("From") ?? "",
    remoteParty: headers.get("To") ?? "",
    localSeq: request.headers.cseq?.number,
    remoteSeq: undefined,
    remoteTarget: contactOf(response) ?? request.uri,
    routeSet: headers.values("Record-Route").toReversed(),
  };
}

/**
 * The dialog that a 2xx makes of an early one: target and route set are the 2xx's own, the counting goes on. @rfc 3261#13.2.2.4
 */
export function confirmed(early: DialogState | undefined, state: DialogState): DialogState {
  if (early === undefined) return state;
  const localSeq = Math.max(early.localSeq ?? 0, state.localSeq ?? 0);
  return { ...state, localSeq, remoteSeq: early.remoteSeq };
}

/** The URI of a message's only Contact; undefined when it has none, several, or one of another scheme. */
function contactOf({ headers }: { readonly headers: SipRequest["headers"] }): string | undefined {
  const { contacts } = headers;
  if (contacts === undefined || contacts === "*") return undefined;
  const uri = contacts[0]?.uri;
  return uri !== undefined && parseUri(uri) !== undefined ? uri : undefined;
}

/** Takes a request of the peer's: refused when it is older than the last one. @rfc 3261#12.2.2 */
export function takeRequest(dialog: DialogState, request: SipRequest): Result<DialogState, "out-of-order"> {
  const number = request.headers.cseq?.number ?? 0;
  if (dialog.remoteSeq !== undefined && number < dialog.remoteSeq) return refused("out-of-order");
  return ok({ ...dialog, remoteSeq: number });
}

/** The dialog after a target refresh (re-INVITE or UPDATE) or its answer. @rfc 3261#12.2.1.2 */
export function withTargetOf(dialog: DialogState, message: SipRequest | SipResponse): DialogState {
  const target = contactOf(message);
  return target === undefined || target === dialog.remoteTarget ? dialog : { ...dialog, remoteTarget: target };
}

/** What every request of ours in a dialog has. */
export interface DialogRequest {
  /** Request-URI. */
  readonly uri: string;
  /** Where the request goes first. */
  readonly nextHop: string;
  /** Route, Max-Forwards, From, To, Call-ID, CSeq. */
  readonly fields: readonly HeaderField[];
}

/** The next request of ours; the CSeq number goes up by one. @rfc 3261#12.2.1.1 */
export function nextRequest(dialog: DialogState, method: string): readonly [DialogState, DialogRequest] {
  const number = (dialog.localSeq ?? 0) + 1;
  return [{ ...dialog, localSeq: number }, requestIn(dialog, method, number)];
}

/** The ACK to a 2xx: it takes the number of its INVITE. @rfc 3261#13.2.2.4 */
export const ackRequest = (dialog: DialogState, inviteSeq: number): DialogRequest =>
  requestIn(dialog, "ACK", inviteSeq);

function requestIn(dialog: DialogState, method: string, number: number): DialogRequest {
  const [first, ...others] = dialog.routeSet;
  const firstUri = first === undefined ? undefined : parseNameAddr(first)?.uri;
  const isStrict = firstUri !== undefined && parseUri(firstUri)?.params.has("lr") !== true;
  const routes = isStrict ? [...others, `<${dialog.remoteTarget}>`] : dialog.routeSet;
  const fields: HeaderField[] = routes.map((route) => ["Route", route]);
  fields.push(
    ["Max-Forwards", "70"],
    ["From", dialog.localParty],
    ["To", dialog.remoteParty],
    ["Call-ID", dialog.id.callId],
    ["CSeq", `${number} ${method}`],
  );
  return { uri: isStrict ? firstUri : dialog.remoteTarget, nextHop: firstUri ?? dialog.remoteTarget, fields };
}
