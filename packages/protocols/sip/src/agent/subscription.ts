import type { Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { DialogId, DialogState } from "../dialog/dialog.ts";
import { dialogKey, dialogOfRequest, takeRequest, withTargetOf } from "../dialog/dialog.ts";
import type { EndOfSubscription, SubscriptionState } from "../events/subscription-state.ts";
import { parseEvent, printSubscriptionState } from "../events/subscription-state.ts";
import type { HeaderField } from "../message/header-field.ts";
import type { Content } from "../message/message.ts";
import { partsWithin } from "./build.ts";
import type { Arrival, Core, DialogEntry, DialogSnapshot } from "./core.ts";
import { exchange } from "./exchange.ts";
import type { Endpoint, Flow } from "./flow.ts";
import type { Notice } from "./notices.ts";
import { Notices } from "./notices.ts";
import type { NotifierLimits, SubscriptionSummary } from "./notifier-types.ts";
import { hopWithin } from "./outbound.ts";
import type { Outcome } from "./request-types.ts";
import type { ServerRequest } from "./server-request.ts";
import { answer } from "./server-request.ts";

/** What one subscription needs of its package. */
export interface SubscriptionOwner {
  readonly limits: NotifierLimits;
  readonly contentType: string;
  /** Names of all packages, for those who ask for another. */
  allowEvents(): string;
  /** Undefined: there is nothing for the watcher any more. */
  state(resource: string, version: number, watcher: string): string | Uint8Array | undefined;
  onOver(subscription: Subscription): void;
}

/** How a subscription begins. */
export interface SubscriptionBeginning {
  readonly resource: string;
  /** For whom it counts; empty for nobody. */
  readonly watcher: string;
  readonly expiresSeconds: number;
  /** NOTIFYs go back over the flow that the SUBSCRIBE came by, rather than to its Contact. */
  readonly isPinned: boolean;
}

/** The lifetime that a SUBSCRIBE gets, in seconds; 0 for one that ends or asks once, `too-brief` below the least. @rfc 6665#4.2.1.1 */
export function grantedSeconds(asked: number | undefined, limits: NotifierLimits): number | "too-brief" {
  const seconds = Math.min(asked ?? limits.expiresSeconds, limits.maxSeconds);
  return seconds > 0 && seconds < limits.minSeconds ? "too-brief" : seconds;
}

/** One watcher of one resource: a dialog of its own, outside calls. @rfc 6665#4.2 */
export class Subscription implements DialogEntry {
  readonly id: DialogId;
  readonly resource: string;
  readonly watcher: string;
  readonly #core: Core;
  readonly #owner: SubscriptionOwner;
  readonly #begin: SubscriptionBeginning;
  readonly #event: string;
  readonly #startedAt: number;
  readonly #notices: Notices;
  #state: DialogState;
  #flow: Flow;
  #local: Endpoint;
  #endsAt = 0;
  #timer: Timer | undefined;
  #version = 0;
  /** What was told last; undefined when the state is to be told whatever it is. */
  #told: string | Uint8Array | undefined;
  #isEnding = false;
  #isOver = false;

  constructor(core: Core, owner: SubscriptionOwner, incoming: ServerRequest, begin: SubscriptionBeginning) {
    const { request, flow, local } = incoming;
    this.#core = core;
    this.#owner = owner;
    this.#begin = begin;
    this.resource = begin.resource;
    this.watcher = begin.watcher;
    this.#state = dialogOfRequest(request, incoming.toTag);
    this.id = this.#state.id;
    this.#flow = flow;
    this.#local = local;
    this.#event = request.headers.get("Event") ?? "";
    this.#startedAt = core.clock.monotonic();
    const { gapMs: gap } = owner.limits;
    const { clock } = core;
    this.#notices = new Notices({ clock, gap, send: (content) => this.#send(content), onOver: () => this.drop() });
    core.subscriptions.set(dialogKey(this.id), this);
    this.#last(begin.expiresSeconds);
  }

  /** Tells the state as it is when it may be told, unless that is what was told last. */
  tell(): void {
    if (this.#isEnding) return;
    this.#notices.push(() =>
      this.#isNews() ? this.#notice({ at: "active", expiresSeconds: this.#secondsLeft }) : undefined,
    );
  }

  /** Tells the last state; nothing comes after it. */
  end(reason: EndOfSubscription): void {
    if (this.#isEnding) return;
    this.#beginEnd();
    this.#notices.push(() => this.#notice({ at: "terminated", reason }));
  }

  receive(arrival: Arrival): void {
    const { method, headers } = arrival.request;
    const taken = takeRequest(this.#state, arrival.request);
    if (!taken.ok) return this.#answer(arrival, 500);
    this.#state = taken.value;
    if (method !== "SUBSCRIBE") return this.#answer(arrival, method === "OPTIONS" ? 200 : 405);
    if (this.#isEnding || !isSameEvent(headers.get("Event") ?? "", this.#event)) return this.#answer(arrival, 481);
    const { limits } = this.#owner;
    const seconds = grantedSeconds(headers.expires, limits);
    if (seconds === "too-brief") return this.#answer(arrival, 423, [["Min-Expires", String(limits.minSeconds)]]);
    this.#state = withTargetOf(this.#state, arrival.request);
    if (this.#begin.isPinned) this.#flow = arrival.flow;
    this.#answer(arrival, 200, [["Expires", String(seconds)]]);
    this.#last(seconds);
  }

  acknowledge(): void {}

  drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#beginEnd();
    this.#notices.stop();
    this.#core.subscriptions.delete(dialogKey(this.id));
    this.#owner.onOver(this);
  }

  snapshot(): DialogSnapshot {
    const at = this.#isEnding ? "ending" : "confirmed";
    return { id: this.id, at, isCaller: false, flow: this.#flow, startedAt: this.#startedAt };
  }

  /** As it is shown. */
  summary(): SubscriptionSummary {
    return {
      resource: this.resource,
      watcher: this.#state.remoteParty,
      peer: this.#flow.remote,
      secondsLeft: this.#secondsLeft,
      ageMs: this.#core.clock.monotonic() - this.#startedAt,
    };
  }

  get #secondsLeft(): number {
    return Math.max(0, Math.ceil((this.#endsAt - this.#core.clock.monotonic()) / 1000));
  }

  /** Goes on for so long from now, and tells the state; 0 ends it with that. */
  #last(seconds: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#endsAt = this.#core.clock.monotonic() + seconds * 1000;
    if (seconds === 0) return this.end("timeout");
    this.#timer = this.#core.clock.after(ms(seconds * 1000), () => this.end("timeout"));
    // Who asks is answered, also when nothing has changed. @rfc 6665#4.2.1.2
    this.#told = undefined;
    this.tell();
  }

  /** Nothing begins any more: it is not prolonged, and tells no more than its last word. */
  #beginEnd(): void {
    this.#isEnding = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Whether the state is another than was told last, but for its version. */
  #isNews(): boolean {
    return this.#told === undefined || this.#told !== this.#stateAt(this.#version - 1);
  }

  #stateAt(version: number): string | Uint8Array | undefined {
    const state: { body: string | Uint8Array | undefined } = { body: "" };
    this.#core.guard(() => {
      state.body = this.#owner.state(this.resource, version, this.watcher);
    });
    return state.body;
  }

  #notice(wanted: SubscriptionState): Notice {
    const found = this.#stateAt(this.#version++);
    const body = found ?? "";
    this.#told = body;
    const isGone = found === undefined && wanted.at !== "terminated";
    if (isGone) this.#beginEnd();
    const state: SubscriptionState = isGone ? { at: "terminated", reason: "noresource" } : wanted;
    const headers: readonly HeaderField[] = [
      ["Event", this.#event],
      ["Subscription-State", printSubscriptionState(state)],
    ];
    return { content: { headers, body, contentType: this.#owner.contentType }, isLast: state.at === "terminated" };
  }

  #send(content: Content): Promise<Outcome> {
    return exchange(this.#core, {
      hop: hopWithin(this.#state, this.#flow, this.#begin.isPinned),
      proofs: undefined,
      parts: (path) => {
        const [state, parts] = partsWithin(this.#state, { method: "NOTIFY", path, content });
        this.#state = state;
        return parts;
      },
    });
  }

  #answer(arrival: Arrival, status: number, headers: readonly HeaderField[] = []): void {
    answer(this.#core, arrival, { status, content: { headers }, local: this.#local, toTag: this.id.localTag });
  }
}

function isSameEvent(a: string, b: string): boolean {
  const [one, other] = [parseEvent(a), parseEvent(b)];
  return one !== undefined && one.event.toLowerCase() === other?.event.toLowerCase() && one.id === other.id;
}
