import { ms, randomHex } from "@cordboard/kernel";
import { names100rel, parseRAck } from "../dialog/reliable.ts";
import type { SipRequest } from "../message/message.ts";
import type { Core } from "./core.ts";
import type { ResponseContent } from "./request-types.ts";
import { Resending } from "./resending.ts";

/** Provisional responses that wait for the PRACK of the one before. */
const MOST_WAITING = 8;

/** What the reliable responses of one call need of it. */
export interface ProgressOwner {
  readonly invite: SipRequest;
  readonly send: (status: number, content: ResponseContent) => void;
  /** Nobody acknowledged one for 64 × T1. */
  readonly giveUp: () => void;
}

/** One that was sent. */
interface Sent {
  readonly rseq: number;
  readonly hasBody: boolean;
  readonly resending: Resending;
}

/** Whether a caller's provisional responses go out reliably. @rfc 3262#3 */
export function isReliable({ reliable }: Core, { headers }: SipRequest): boolean {
  if (reliable === undefined) return false;
  return names100rel(headers, "Require") || (reliable === "always" && names100rel(headers, "Supported"));
}

/** The provisional responses of one call: each is sent again until its PRACK comes, and only then the next. @rfc 3262#3 */
export class ReliableProgress {
  readonly #core: Core;
  readonly #owner: ProgressOwner;
  readonly #waiting: { readonly status: number; readonly content: ResponseContent }[] = [];
  readonly #close = (): void => this.stop();
  #rseq: number;
  #sent: Sent | undefined;
  #held: (() => void) | undefined;
  #isStopped = false;

  constructor(core: Core, owner: ProgressOwner) {
    this.#core = core;
    this.#owner = owner;
    this.#rseq = Number.parseInt(randomHex(core.random, 3), 16);
    core.waiting.add(this.#close);
  }

  /** Sends one, or keeps it until it may be sent. False when too many wait. */
  say(status: number, content: ResponseContent): boolean {
    if (this.#isStopped || this.#waiting.length >= MOST_WAITING) return false;
    this.#waiting.push({ status, content });
    if (this.#sent === undefined) this.#next();
    return true;
  }

  /** Sends the 2xx by `go`: now, or when the session description that the caller has not acknowledged yet is. True when it is held. */
  answer(go: () => void): boolean {
    this.#waiting.length = 0;
    if (this.#isStopped || this.#sent?.hasBody !== true) {
      this.stop();
      go();
      return false;
    }
    this.#held = go;
    return true;
  }

  /** Takes a PRACK; false when it acknowledges nothing that was sent last. Then {@link goOn} goes on, when the PRACK is answered. */
  take({ headers }: SipRequest): boolean {
    const rack = parseRAck(headers.get("RAck") ?? "");
    const { cseq } = this.#owner.invite.headers;
    const isOurs = rack?.method === "INVITE" && rack.cseq === cseq?.number && rack.rseq === this.#rseq;
    if (!isOurs) return false;
    this.#sent?.resending.stop();
    this.#sent = undefined;
    return true;
  }

  /** Sends what waited for the PRACK. */
  goOn(): void {
    const held = this.#held;
    if (held === undefined) return this.#next();
    this.#held = undefined;
    this.stop();
    held();
  }

  /** The call has its final response. */
  stop(): void {
    this.#isStopped = true;
    this.#held = undefined;
    this.#waiting.length = 0;
    this.#sent?.resending.stop();
    this.#sent = undefined;
    this.#core.waiting.delete(this.#close);
  }

  #next(): void {
    const next = this.#sent === undefined && !this.#isStopped ? this.#waiting.shift() : undefined;
    if (next === undefined) return;
    const rseq = ++this.#rseq;
    const { status, content } = next;
    const headers = [...(content.headers ?? []), ["Require", "100rel"] as const, ["RSeq", String(rseq)] as const];
    const send = (): void => this.#owner.send(status, { ...content, headers });
    send();
    // The gap doubles without end: there is no T2 here.
    const longestGap = ms(64 * this.#core.timers.t1);
    const giveUp = (): void => this.#owner.giveUp();
    const resending = new Resending(this.#core, { longestGap, resend: send, giveUp });
    this.#sent = { rseq, hasBody: (content.body?.length ?? 0) > 0, resending };
  }
}
