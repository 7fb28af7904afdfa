import type { Timer } from "@cordboard/kernel";
import type { Flow } from "../agent/flow.ts";
import type { ConnectionState, SendRefusal } from "../agent/transport.ts";
import type { Link } from "./link.ts";
import { sourceOf } from "./source.ts";

/** How a connection begins. */
export interface ConnectionBegin {
  /** When, by the monotonic clock. */
  readonly now: number;
  /** Bytes that may wait for a slow peer. */
  readonly backlogBytes: number;
  /** Whether we opened it, and under which name. */
  readonly dialled?: { readonly host?: string } | undefined;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly report: ((refusal: SendRefusal) => void) | undefined;
}

/** One connection: who it is, what waits in it, and when what happened. */
export class Connection {
  readonly name: string;
  readonly link: Link;
  /** Whom the limits of one source count it for. */
  readonly source: string;
  readonly openedAt: number;
  readonly isDialled: boolean;
  readonly host: string | undefined;
  readonly #backlogBytes: number;
  /** What is to be said as soon as the link is open; nothing is given to one that is not, since the peer may be the wrong one. */
  #waiting: Waiting[] | undefined;
  #waitingBytes = 0;
  hasSpoken = false;
  /** Whether what comes can no longer be followed: the next message sent is the last. */
  isBroken = false;
  /** When the peer was last heard, by the monotonic clock. */
  heardAt: number;
  /** Since when a message is incomplete; undefined when none is. */
  beganAt: number | undefined;
  /** Since when the peer is asked whether it is still there; undefined when it has been heard since. */
  probedAt: number | undefined;
  watch: Timer | undefined;
  /** Settles when the link is gone. */
  readonly gone: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(name: string, link: Link, { now, backlogBytes, dialled }: ConnectionBegin) {
    this.name = name;
    this.link = link;
    this.source = sourceOf(link.remote.address);
    this.openedAt = now;
    this.heardAt = now;
    this.isDialled = dialled !== undefined;
    this.host = dialled?.host;
    this.#waiting = dialled === undefined ? undefined : [];
    this.#backlogBytes = backlogBytes;
  }

  /** Whether it is one of ours that cannot be written to yet. */
  get isOpening(): boolean {
    return this.#waiting !== undefined;
  }

  get flow(): Flow {
    const { transport, local, remote } = this.link;
    const flow = { transport, local, remote, connection: this.name };
    return this.host === undefined ? flow : { ...flow, host: this.host };
  }

  /** Sends a message; false when the peer takes too little. `report` hears when it could not leave because the link never opened. */
  send(bytes: Uint8Array, report?: (refusal: SendRefusal) => void): boolean {
    const { link } = this;
    if (link.isGone || link.waitingBytes + this.#waitingBytes + bytes.length > this.#backlogBytes) return false;
    if (this.#waiting === undefined) {
      link.write(bytes);
      if (this.isBroken) link.end();
    } else {
      this.#waiting.push({ bytes, report });
      this.#waitingBytes += bytes.length;
    }
    return true;
  }

  /** The link is open: says what has waited for it. */
  opened(): void {
    for (const { bytes } of this.#takeWaiting()) this.link.write(bytes);
  }

  /** The link is gone: tells those whose bytes never left. */
  fail(): void {
    for (const { report } of this.#takeWaiting()) report?.("unreachable");
  }

  /** What is to be known of it, at a time by the monotonic clock. */
  describe(now: number): ConnectionState {
    return {
      flow: this.flow,
      ageMs: now - this.openedAt,
      waitingBytes: this.link.waitingBytes + this.#waitingBytes,
      hasSpoken: this.hasSpoken,
      isDialled: this.isDialled,
    };
  }

  #takeWaiting(): readonly Waiting[] {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    return waiting;
  }
}
