import type { Millis, Timer } from "@cordboard/kernel";
import { unreachable } from "@cordboard/kernel";
import type { Core } from "../agent/core.ts";
import { alongPath } from "../agent/exchange.ts";
import type { Path } from "../agent/outbound.ts";
import { sendCancel } from "../agent/reinvite.ts";
import type { SipResponse } from "../message/message.ts";
import type { ClientTransaction } from "../transaction/client-transaction.ts";
import { patience } from "../transaction/machine.ts";
import { answerOfFork, backward } from "./backward.ts";
import type { CancelReason, ForkAction, ForkInput, ForkState, ForkStep } from "./fork.ts";
import { isForkOver, startFork, stepFork } from "./fork.ts";
import type { Passage } from "./passage.ts";
import { copyTo, hopTo } from "./passage.ts";
import { groupsOf } from "./targets.ts";
import type { Target } from "./types.ts";

/** What a fork goes by, and whom it tells. */
export interface ForkOwner {
  readonly passage: Passage;
  readonly targets: readonly Target[];
  readonly maxBreadth: number;
  readonly ringMs: Millis | undefined;
  readonly timerC: Millis;
  /** A response for the caller. */
  pass(response: SipResponse): void;
  /** A final answer of our own, where none came. */
  answer(status: number): void;
  /** Nothing is left to wait for. */
  onOver(): void;
}

/** A copy of the request on its way. */
interface Sent {
  readonly transaction: ClientTransaction;
  readonly path: Path;
}

/** Does what {@link stepFork} decides: sends the copies of one request and follows them. */
export class ForkRunner {
  readonly #core: Core;
  readonly #owner: ForkOwner;
  readonly #sent = new Map<number, Sent>();
  readonly #answers = new Map<number, SipResponse>();
  readonly #watches = new Map<number, Timer>();
  readonly #inputs: (readonly [ForkInput, SipResponse | undefined])[] = [];
  #state: ForkState;
  #isTaking = false;
  #isClosed = false;
  #ringing: Timer | undefined;
  #reason: string | undefined;

  constructor(core: Core, owner: ForkOwner) {
    this.#core = core;
    this.#owner = owner;
    const first = startFork(groupsOf(owner.targets), owner.passage.request.method === "INVITE");
    this.#state = first[0];
    this.#isTaking = true;
    this.#take(first, undefined);
    this.#isTaking = false;
    this.#drain();
  }

  /** The caller gives up, for the reason that its CANCEL tells. */
  cancel(reason: string | undefined): void {
    this.#reason = reason;
    this.#input({ type: "cancel" });
  }

  /** Stops all timers; what comes now is not heard any more. */
  close(): void {
    this.#isClosed = true;
    this.#ringing?.cancel();
    for (const timer of this.#watches.values()) timer.cancel();
    this.#watches.clear();
  }

  /** Inputs that come from within an action wait for their turn. */
  #input(input: ForkInput, response?: SipResponse): void {
    this.#inputs.push([input, response]);
    if (!this.#isTaking) this.#drain();
  }

  #drain(): void {
    this.#isTaking = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      const [input, response] = next;
      // A 2xx that comes again after all is over still goes to the caller, who has lost it.
      this.#take(stepFork(this.#state, input), response);
    }
    this.#isTaking = false;
    if (this.#isClosed || !isForkOver(this.#state)) return;
    this.close();
    this.#owner.onOver();
  }

  #take([state, actions]: ForkStep, response: SipResponse | undefined): void {
    this.#state = state;
    for (const action of actions) this.#run(action, response);
  }

  #run(action: ForkAction, response: SipResponse | undefined): void {
    switch (action.type) {
      case "try":
        return this.#try(action.targets);
      case "pass-on": {
        const passed = response === undefined ? undefined : backward(response);
        if (passed !== undefined) this.#owner.pass(passed);
        return;
      }
      case "answer":
        return this.#answer(action.target, action.status);
      case "cancel": {
        const sent = this.#sent.get(action.target);
        if (sent !== undefined) sendCancel(this.#core, sent.transaction.request, sent.path, this.#why(action.because));
        return;
      }
      case "watch":
        return this.#watch(
          action.target,
          action.until === "timer-c" ? this.#owner.timerC : patience(this.#core.timers),
        );
      case "unwatch":
        this.#watches.get(action.target)?.cancel();
        this.#watches.delete(action.target);
        return;
      case "abandon":
        return this.#sent.get(action.target)?.transaction.abandon();
      default:
        return unreachable(action);
    }
  }

  #try(targets: readonly number[]): void {
    this.#ringing?.cancel();
    const { ringMs } = this.#owner;
    this.#ringing =
      ringMs === undefined ? undefined : this.#core.clock.after(ringMs, () => this.#input({ type: "rung-out" }));
    for (const target of targets) this.#send(target);
  }

  #send(index: number): void {
    const { passage, targets, maxBreadth } = this.#owner;
    const target = targets[index];
    if (target === undefined) return;
    alongPath(this.#core, hopTo(passage, target), (path) => {
      if (this.#isClosed) return;
      if (path === undefined) return this.#input({ type: "failed", target: index, failure: "transport" });
      // Given up while its address was looked up: it never rings.
      if (this.#state.branches.get(index)?.cancel !== "no") {
        return this.#input({ type: "response", target: index, status: 487 });
      }
      const request = copyTo(this.#core, passage, { target, path, maxBreadth });
      const transaction = this.#core.layer.request(request, path.flow, {
        onResponse: (response) => this.#heard(index, response),
        onFailure: (failure) => this.#input({ type: "failed", target: index, failure }),
      });
      this.#sent.set(index, { transaction, path });
    });
  }

  #heard(target: number, response: SipResponse): void {
    if (response.status >= 300) this.#answers.set(target, response);
    this.#input({ type: "response", target, status: response.status }, response);
  }

  #answer(target: number, status: number): void {
    const best = this.#answers.get(target);
    const passed = best === undefined ? undefined : backward(answerOfFork(best, [...this.#answers.values()]));
    if (passed === undefined) this.#owner.answer(status);
    else this.#owner.pass(passed);
    this.#answers.clear();
  }

  #watch(target: number, after: Millis): void {
    this.#watches.get(target)?.cancel();
    this.#watches.set(
      target,
      this.#core.clock.after(after, () => this.#input({ type: "timer-c", target })),
    );
  }

  /** Reason of a CANCEL: what a phone needs to know to list the call as missed or not. @rfc 3326#2 */
  #why(because: CancelReason): string | undefined {
    switch (because) {
      case "answered":
        return 'SIP;cause=200;text="Call completed elsewhere"';
      case "caller":
        return this.#reason;
      case "refused":
      case "time":
        return undefined;
      default:
        return unreachable(because);
    }
  }
}
