import type { Timer } from "@cordboard/kernel";
import type { Arrival, Core } from "../agent/core.ts";
import { answer } from "../agent/server-request.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { printMessage } from "../message/print.ts";
import { patience } from "../transaction/machine.ts";
import { ForkRunner } from "./fork-runner.ts";
import { breadthOf, inspectForwarding } from "./inspect.ts";
import type { Passage } from "./passage.ts";
import type { ProxyTerms } from "./routing.ts";
import { decide } from "./routing.ts";
import { MAX_TARGETS } from "./targets.ts";
import type { Forward, Refusal, Routing } from "./types.ts";

/** A request from its arrival until the last of its copies has ended: the caller's side of a fork. @rfc 3261#16.2 */
export class ProxiedRequest {
  readonly #core: Core;
  readonly #arrival: Arrival;
  readonly #terms: ProxyTerms;
  readonly #toTag: string;
  readonly #close = (): void => this.#settle();
  #fork: ForkRunner | undefined;
  #isOver = false;
  #deciding: Timer | undefined;

  constructor(core: Core, arrival: Arrival, terms: ProxyTerms) {
    this.#core = core;
    this.#arrival = arrival;
    this.#terms = terms;
    this.#toTag = core.newTag();
    const { transaction } = arrival;
    transaction.canceller = { toTag: this.#toTag, cancel: (cancel) => this.#cancel(cancel) };
    transaction.onFailure = () => this.#cancel(undefined);
    core.waiting.add(this.#close);
    this.#deciding = core.clock.after(patience(core.timers), () => this.#refuse({ status: 500 }));
    if (this.#isInvite) this.#respond({ status: 100 });
  }

  /** Goes on once it is known who we are to its sender. */
  start(passage: Passage): void {
    if (this.#isOver) return;
    const refusal = inspectForwarding(passage.request, passage.loopMark, this.#terms.supported);
    if (refusal !== undefined) return this.#refuse(refusal);
    decide(this.#core, passage, this.#terms, (routing) => this.#decided(passage, routing));
  }

  get #isInvite(): boolean {
    return this.#arrival.request.method === "INVITE";
  }

  #decided(passage: Passage, routing: Routing): void {
    if (this.#isOver) return;
    this.#deciding?.cancel();
    this.#deciding = undefined;
    if ("status" in routing) this.#refuse(routing);
    else this.#forward(passage, routing);
  }

  #forward(passage: Passage, { targets, ringMs }: Forward): void {
    const tried = targets.slice(0, MAX_TARGETS);
    const maxBreadth = breadthOf(passage.request, tried.length);
    if (tried.length === 0) return this.#refuse({ status: 480 });
    if (maxBreadth === undefined) return this.#refuse({ status: 440 });
    const fork = new ForkRunner(this.#core, {
      passage,
      targets: tried,
      maxBreadth,
      ringMs,
      timerC: this.#terms.timerC,
      pass: (response) => this.#pass(response),
      answer: (status) => this.#answer(status),
      onOver: () => this.#settle(),
    });
    if (this.#isOver) fork.close();
    else this.#fork = fork;
  }

  /** A response of a target's for the caller. */
  #pass(response: SipResponse): void {
    const { transaction } = this.#arrival;
    if (!this.#isInvite && response.status === 408) return transaction.abandon();
    const isTaken = transaction.respond(response);
    const isLate2xx = this.#isInvite && response.status >= 200 && response.status < 300;
    // The transaction has ended with another answer, or long ago; only the caller can end a call that it does not want.
    if (!isTaken && isLate2xx) this.#core.wire.send(printMessage(response), transaction.flow);
  }

  /**
   * No target answered. A caller whose request is no INVITE has given up by the same time, so a 408 would only cross the
   * network for nothing. @rfc 4320#4.2 @rfc 3261#16.9
   */
  #answer(status: number): void {
    if (status === 408 && !this.#isInvite) this.#arrival.transaction.abandon();
    else this.#respond({ status: status === 503 ? 500 : status });
  }

  #cancel(cancel: SipRequest | undefined): void {
    if (this.#isOver) return;
    if (this.#fork === undefined) this.#refuse({ status: 487 });
    else this.#fork.cancel(cancel?.headers.get("Reason"));
  }

  #refuse(refusal: Refusal): void {
    if (this.#isOver) return;
    const { status } = refusal;
    const isFinal = Number.isInteger(status) && status >= 300 && status <= 699;
    this.#settle();
    this.#respond(isFinal ? refusal : { status: 500 });
  }

  #respond({ status, reason, headers = [] }: Refusal): void {
    const content = reason === undefined ? { headers } : { headers, reason };
    answer(this.#core, this.#arrival, { status, content, local: this.#arrival.flow.local, toTag: this.#toTag });
  }

  #settle(): void {
    this.#isOver = true;
    this.#deciding?.cancel();
    this.#deciding = undefined;
    this.#fork?.close();
    this.#core.waiting.delete(this.#close);
  }
}
