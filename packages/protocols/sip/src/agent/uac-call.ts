import type { Timer } from "@cordboard/kernel";
import { randomHex } from "@cordboard/kernel";
import type { DialogState } from "../dialog/dialog.ts";
import { confirmed, dialogOfResponse } from "../dialog/dialog.ts";
import { reliableNumber } from "../dialog/reliable.ts";
import { agreedSession, askedSession, SHORTEST_SESSION, wantedByRefusal } from "../dialog/session-timer.ts";
import type { Challenge } from "../digest/client.ts";
import type { Proofs } from "../digest/proofs.ts";
import type { HeaderField } from "../message/header-field.ts";
import type { Content, SipRequest, SipResponse } from "../message/message.ts";
import type { ClientTransaction } from "../transaction/client-transaction.ts";
import { patience } from "../transaction/machine.ts";
import { buildRequest, contactValue, partyValue, routeValue } from "./build.ts";
import type { Core } from "./core.ts";
import { DialogSession } from "./dialog-session.ts";
import { alongPath, MAX_PROOFS, proofsOf, proven } from "./exchange.ts";
import type { Hop, Path } from "./outbound.ts";
import { sendCancel } from "./reinvite.ts";
import type { FailureCause } from "./request-types.ts";
import { allowsUpdate } from "./session-refresh.ts";
import type { AnswerTaken, InviteHandlers, InviteOptions, OutgoingCall, RequestOptions } from "./types.ts";
import { UacBranch } from "./uac-branch.ts";

/** Branches of one call that are told apart, ringing or answered; a peer that makes up more is left alone. */
const MAX_BRANCHES = 32;

/** Times that a call is tried again with a longer session. */
const MAX_RAISES = 2;

/** A call of ours from its INVITE to the end of its last transaction. @rfc 3261#13.2 */
export class UacCall implements OutgoingCall {
  readonly callId: string;
  readonly #core: Core;
  readonly #options: InviteOptions;
  readonly #handlers: InviteHandlers;
  readonly #tag: string;
  readonly #proofs: Proofs | undefined;
  /** Headers that the INVITE has been asked for. */
  readonly #tried = new Set<Challenge["answerHeader"]>();
  #seq: number;
  #attempts = 0;
  /** The shortest session that everybody on the way takes, in seconds. */
  #minSeconds = SHORTEST_SESSION;
  #transaction: ClientTransaction | undefined;
  #path: Path | undefined;
  #request: SipRequest | undefined;
  #isRinging = false;
  #isOver = false;
  #cancelled: { readonly reason: string | undefined; readonly cause: "cancelled" | "timeout" } | undefined;
  #isCancelSent = false;
  #deadline: Timer | undefined;
  /** By To tag: who rings. */
  readonly #branches = new Map<string, UacBranch>();
  /** By To tag: how to acknowledge that branch's 2xx again. */
  readonly #answered = new Map<string, () => void>();
  readonly #close = (): void => this.#fail(503, undefined, "closed");

  constructor(core: Core, options: InviteOptions, handlers: InviteHandlers) {
    this.#core = core;
    this.#options = options;
    this.#handlers = handlers;
    this.callId = options.callId ?? randomHex(core.random, 16);
    this.#tag = core.newTag();
    this.#proofs = proofsOf(core, options.credentials);
    this.#seq = options.cseq ?? firstSeq(core);
    core.waiting.add(this.#close);
    this.#deadline = core.clock.after(options.deadlineMs ?? core.limits.inviteDeadlineMs, () =>
      this.#giveUp(undefined, "timeout"),
    );
  }

  /** Sends the INVITE. */
  start(): void {
    this.#attempt();
  }

  cancel(reason?: string): void {
    this.#giveUp(reason, "cancelled");
  }

  #giveUp(reason: string | undefined, cause: "cancelled" | "timeout"): void {
    if (this.#isOver || this.#cancelled !== undefined) return;
    this.#cancelled = { reason, cause };
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (this.#transaction === undefined) this.#fail(statusOf(cause), undefined, cause);
    else if (this.#isRinging) this.#sendCancel();
  }

  /** CANCEL may only follow a provisional response; before one it waits for it, or for timer B. @rfc 3261#9.1 */
  #sendCancel(): void {
    const cancelled = this.#cancelled;
    if (this.#isCancelSent || cancelled === undefined || this.#path === undefined) return;
    this.#isCancelSent = true;
    sendCancel(this.#core, this.#transaction?.request, this.#path, cancelled.reason);
    this.#deadline = this.#core.clock.after(patience(this.#core.timers), () => {
      this.#transaction?.abandon();
      this.#fail(statusOf(cancelled.cause), undefined, cancelled.cause);
    });
  }

  #attempt(): void {
    const hop = hopOf(this.#options);
    alongPath(this.#core, hop, (path) => {
      if (this.#isOver) return;
      if (path === undefined) return this.#fail(503, undefined, "transport");
      const { uri, contactUser, body, contentType, headers = [] } = this.#options;
      const timers = this.#core.sessionTimers;
      const asked = timers === undefined ? [] : askedSession(timers.expiresSeconds, this.#minSeconds);
      const content = {
        headers: [...headers, ...asked],
        ...(body !== undefined && { body }),
        ...(contentType !== undefined && { contentType }),
      };
      const parts = {
        method: "INVITE",
        uri,
        fields: outsideFields(this.#options, "INVITE", { tag: this.#tag, callId: this.callId, seq: this.#seq }),
        content,
        contact: contactValue(path.flow, path.local, contactUser),
      };
      const request = buildRequest(this.#core, path, proven(parts, this.#proofs));
      this.#path = path;
      this.#request = request;
      this.#isRinging = false;
      this.#attempts++;
      this.#transaction = this.#core.layer.request(request, path.flow, {
        onResponse: (response) => {
          if (response.status < 200) this.#progressed(response);
          else if (response.status < 300) this.#accepted(request, response, path);
          else this.#refused(response);
        },
        onFailure: (failure) => {
          const cancelled = this.#cancelled;
          if (cancelled !== undefined) this.#fail(statusOf(cancelled.cause), undefined, cancelled.cause);
          else this.#fail(failure === "timeout" ? 408 : 503, undefined, failure);
        },
      });
    });
  }

  #progressed(response: SipResponse): void {
    this.#isRinging = true;
    if (this.#isOver) return;
    if (this.#cancelled !== undefined) return this.#sendCancel();
    const request = this.#request;
    const path = this.#path;
    if (response.status === 100 || request === undefined || path === undefined) return;
    const early = this.#branchOf(dialogOfResponse(request, response), path);
    early?.hear(response);
    const rseq = this.#core.reliable === undefined ? undefined : reliableNumber(response);
    const isReliable = rseq !== undefined && early !== undefined;
    if (isReliable && !early.takeReliable(rseq)) return;
    this.#core.guard(() => this.#handlers.onProgress?.(response.status, response, early));
    if (isReliable) this.#acknowledge(rseq, response, early);
  }

  /** Acknowledges a provisional response. @rfc 3262#4 */
  #acknowledge(rseq: number, response: SipResponse, early: UacBranch): void {
    let content: Content = {};
    this.#core.guard(() => {
      content = this.#handlers.onReliable?.(response, early) ?? {};
    });
    const rack = `${rseq} ${this.#request?.headers.cseq?.number ?? 0} INVITE`;
    void early.request("PRACK", { ...content, headers: [...(content.headers ?? []), ["RAck", rack]] });
  }

  /** The branch that a response comes from; undefined without a To tag, and when there are too many of them. */
  #branchOf(state: DialogState, path: Path): UacBranch | undefined {
    const { remoteTag } = state.id;
    const known = this.#branches.get(remoteTag);
    if (known !== undefined || remoteTag === "" || this.#branches.size >= MAX_BRANCHES) return known;
    const { flow, contactUser } = this.#options;
    const onRequest = this.#handlers.onRequest?.bind(this.#handlers);
    const proofs = this.#proofs;
    const begin = { path, isPinned: flow !== undefined, proofs, contactUser, onRequest };
    const branch = new UacBranch(this.#core, state, begin);
    this.#branches.set(remoteTag, branch);
    return branch;
  }

  #accepted(request: SipRequest, response: SipResponse, path: Path): void {
    const fresh = dialogOfResponse(request, response);
    const state = confirmed(this.#branches.get(fresh.id.remoteTag)?.state, fresh);
    const again = this.#answered.get(state.id.remoteTag);
    if (again !== undefined) return again();
    if (this.#answered.size >= MAX_BRANCHES) return;
    const isWanted = !this.#isOver && this.#cancelled === undefined;
    const session = new DialogSession(this.#core, state, {
      path,
      isPinned: this.#options.flow !== undefined,
      isCaller: true,
      proofs: this.#proofs,
      contactUser: this.#options.contactUser,
      mayUpdate: allowsUpdate(response.headers) ?? false,
      session: this.#core.sessionTimers && agreedSession(response.headers),
    });
    const seq = request.headers.cseq?.number ?? 0;
    const proofs = authorizationOf(request);
    const taken = isWanted ? this.#tellAnswer(session, response) : undefined;
    const ack = taken?.ack ?? {};
    const headers = [...(ack.headers ?? []), ...proofs];
    this.#answered.set(state.id.remoteTag, session.sendAck(seq, { ...ack, headers }));
    // A branch that came too late, or whose owner threw, has nobody to end it.
    if (taken === undefined) void session.bye();
    const cancelled = this.#cancelled;
    if (cancelled !== undefined) this.#fail(statusOf(cancelled.cause), undefined, cancelled.cause);
  }

  /** Gives the dialog to the owner; undefined when that threw. */
  #tellAnswer(session: DialogSession, response: SipResponse): AnswerTaken | undefined {
    this.#settle();
    let taken: AnswerTaken | undefined;
    this.#core.guard(() => {
      taken = this.#handlers.onAnswer(session, response);
    });
    if (taken !== undefined) session.hearBy(taken.handlers);
    return taken;
  }

  #refused(response: SipResponse): void {
    if (this.#isOver) return;
    const cancelled = this.#cancelled;
    if (cancelled !== undefined) return this.#fail(statusOf(cancelled.cause), response, cancelled.cause);
    if (this.#raises(response)) return this.#attempt();
    const isProvable = this.#attempts <= MAX_PROOFS && this.#proofs?.take(response, this.#tried) === true;
    if (!isProvable) return this.#fail(response.status, response, "rejected");
    this.#seq++;
    this.#attempt();
  }

  /** Whether the call may be tried again with a longer session, as somebody on the way wants. @rfc 4028#7.3 */
  #raises({ status, headers }: SipResponse): boolean {
    const wanted = status === 422 && this.#core.sessionTimers !== undefined ? wantedByRefusal(headers) : undefined;
    if (wanted === undefined || wanted <= this.#minSeconds || this.#attempts > MAX_PROOFS + MAX_RAISES) return false;
    this.#minSeconds = wanted;
    this.#seq++;
    return true;
  }

  #fail(status: number, response: SipResponse | undefined, cause: FailureCause): void {
    if (this.#isOver) return;
    this.#settle();
    this.#core.guard(() => this.#handlers.onFailure(status, response, cause));
  }

  #settle(): void {
    this.#isOver = true;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#core.waiting.delete(this.#close);
    for (const branch of this.#branches.values()) branch.drop();
  }
}

/** The ACK to a 2xx repeats the credentials of its INVITE. @rfc 3261#22.1 */
const authorizationOf = ({ headers }: SipRequest): readonly HeaderField[] =>
  ["Authorization", "Proxy-Authorization"].flatMap((name) =>
    headers.all(name).map((value): HeaderField => [name, value]),
  );

const statusOf = (cause: "cancelled" | "timeout"): number => (cause === "cancelled" ? 487 : 408);

/** A first CSeq number; random, so that a restart does not repeat one. */
export const firstSeq = (core: Core): number => Number.parseInt(randomHex(core.random, 2), 16) + 1;

/** Where a request outside a dialog goes. */
export function hopOf({
  uri,
  route,
  flow,
  transport,
}: Pick<RequestOptions, "uri" | "route" | "flow" | "transport">): Hop {
  const first = route?.[0];
  const next =
    first === undefined ? uri : first.includes("<") ? first.slice(first.indexOf("<") + 1, first.indexOf(">")) : first;
  return { uri: next, flow, transport };
}

/** The fields that a request outside a dialog begins with. @rfc 3261#8.1.1 */
export function outsideFields(
  options: Pick<RequestOptions, "uri" | "route" | "from" | "to" | "maxForwards">,
  method: string,
  ids: { readonly tag: string; readonly callId: string; readonly seq: number },
): readonly HeaderField[] {
  return [
    ...(options.route ?? []).map((route): HeaderField => ["Route", routeValue(route)]),
    ["Max-Forwards", String(options.maxForwards ?? 70)],
    ["From", partyValue(options.from, ids.tag)],
    ["To", partyValue(options.to ?? options.uri)],
    ["Call-ID", ids.callId],
    ["CSeq", `${ids.seq} ${method}`],
  ];
}
