import type { DialogId, DialogState } from "../dialog/dialog.ts";
import { dialogKey, takeRequest, withTargetOf } from "../dialog/dialog.ts";
import { isNextReliable } from "../dialog/reliable.ts";
import type { Proofs } from "../digest/proofs.ts";
import type { Content, SipResponse } from "../message/message.ts";
import type { RequestParts } from "./build.ts";
import { partsWithin } from "./build.ts";
import type { Arrival, Core, DialogEntry, DialogSnapshot } from "./core.ts";
import { closedOutcome, withLocal } from "./core.ts";
import { exchange } from "./exchange.ts";
import type { Endpoint } from "./flow.ts";
import type { Path } from "./outbound.ts";
import { hopWithin } from "./outbound.ts";
import type { IncomingRequest, Outcome } from "./request-types.ts";
import { answer, ServerRequest } from "./server-request.ts";
import type { EarlyDialog } from "./types.ts";

/** How a branch begins. */
export interface BranchBeginning {
  readonly path: Path;
  /** Requests go over the path's flow while the route set is empty, as those of the dialog to come. */
  readonly isPinned: boolean;
  readonly proofs: Proofs | undefined;
  readonly contactUser: string | undefined;
  /** Hears of requests of the peer; undefined when nobody serves them. */
  readonly onRequest: ((incoming: IncomingRequest, early: EarlyDialog) => void) | undefined;
}

/** A branch of a call of ours that rings: an early dialog, until its 2xx or the end of the call. @rfc 3261#12.1.2 */
export class UacBranch implements EarlyDialog, DialogEntry {
  readonly id: DialogId;
  readonly local: Endpoint;
  readonly #core: Core;
  readonly #begin: BranchBeginning;
  readonly #startedAt: number;
  #state: DialogState;
  #allowedEvents: readonly string[] = [];
  #isOver = false;
  /** RSeq of the last response that was acknowledged. */
  #rseq: number | undefined;

  constructor(core: Core, state: DialogState, begin: BranchBeginning) {
    this.id = state.id;
    this.local = begin.path.local;
    this.#core = core;
    this.#begin = begin;
    this.#state = state;
    this.#startedAt = core.clock.monotonic();
    core.branches.set(dialogKey(this.id), this);
  }

  /** What is known of the dialog by now. */
  get state(): DialogState {
    return this.#state;
  }

  get allowedEvents(): readonly string[] {
    return this.#allowedEvents;
  }

  /** Takes what a provisional response tells of the peer; one that says nothing leaves what is known. */
  hear({ headers }: SipResponse): void {
    if (headers.has("Allow-Events")) this.#allowedEvents = headers.values("Allow-Events");
  }

  /** Takes the number of a reliable response; false for one that came before, or before its turn. @rfc 3262#4 */
  takeReliable(rseq: number): boolean {
    if (!isNextReliable(this.#rseq, rseq)) return false;
    this.#rseq = rseq;
    return true;
  }

  async request(method: string, content: Content = {}): Promise<Outcome> {
    if (this.#isOver) return closedOutcome;
    const { proofs, path, isPinned } = this.#begin;
    const outcome = await exchange(this.#core, {
      hop: hopWithin(this.#state, path.flow, isPinned),
      proofs,
      parts: (way) => this.#build(method, way, content),
    });
    if (outcome.ok && method === "UPDATE") this.#state = withTargetOf(this.#state, outcome.response);
    return outcome;
  }

  #build(method: string, path: Path, content: Content): RequestParts {
    const [state, parts] = partsWithin(this.#state, { method, path, content, contactUser: this.#begin.contactUser });
    this.#state = state;
    return parts;
  }

  /** A request of the peer before it has answered: OPTIONS is served, and what the call's owner takes. */
  receive(arrival: Arrival): void {
    const { request } = arrival;
    const taken = takeRequest(this.#state, request);
    if (!taken.ok) return this.#answer(arrival, 500);
    this.#state = taken.value;
    const { onRequest } = this.#begin;
    if (onRequest === undefined || request.method === "OPTIONS" || request.method === "INVITE")
      return this.#answer(arrival, request.method === "OPTIONS" ? 200 : 405);
    withLocal(this.#core, arrival.flow, (local) => {
      const onFinal = (status: number): void => {
        if (request.method === "UPDATE" && status < 300) this.#state = withTargetOf(this.#state, request);
      };
      const incoming = new ServerRequest(this.#core, arrival, local, { onFinal });
      this.#core.guard(() => onRequest(incoming, this));
    });
  }

  #answer(arrival: Arrival, status: number): void {
    answer(this.#core, arrival, { status, content: {}, local: this.local, toTag: this.id.localTag });
  }

  acknowledge(): void {}

  drop(): void {
    this.#isOver = true;
    this.#core.branches.delete(dialogKey(this.id));
  }

  snapshot(): DialogSnapshot {
    return { id: this.id, at: "early", isCaller: true, flow: this.#begin.path.flow, startedAt: this.#startedAt };
  }
}
