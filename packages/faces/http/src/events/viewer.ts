import type { Actor, StreamPosition, Topic } from "@cordboard/core";
import type { Clock, Envelope } from "@cordboard/kernel";
import type { Frame } from "./frames.ts";
import { encodeFrame, gapFrame, helloFrame, pingFrame } from "./frames.ts";
import type { OutboxLimits } from "./outbox.ts";
import { Outbox } from "./outbox.ts";
import type { Connection, Encoding, EndOfStream } from "./types.ts";
import type { Wire } from "./wire.ts";

/** A snapshot's frame as bytes. */
export interface WrittenState {
  readonly position: StreamPosition;
  readonly bytes: Buffer;
}

/** What a viewer needs of its room. */
export interface ViewerRoom {
  position(): StreamPosition;
  /** At most some hundred events after `seq`, or `gap`. */
  after(from: StreamPosition): readonly Envelope[] | "gap";
  wireOf(envelope: Envelope): Wire;
  state(viewer: Viewer, encoding: Encoding): WrittenState;
  /** Runs `task` in a later turn of the event loop. */
  defer(task: () => void): void;
  /** The client has lost its queue; `end` when that ends its stream. */
  lost(end: EndOfStream | undefined): void;
}

/** One client, and what it wants to see. */
export interface ViewerOptions {
  readonly actor: Actor;
  readonly topics: ReadonlySet<Topic>;
  readonly connection: Connection;
  readonly room: ViewerRoom;
  readonly limits: OutboxLimits;
  readonly clock: Clock;
}

const LOSSES_ALLOWED = 2;
const LOSSES_FORGOTTEN_AFTER_MS = 60_000;

/**
 * One client of the stream.
 *
 *     start ──▶ catching-up ◀──▶ live
 *                    │            │  queue beyond its bounds, or the ring has moved on
 *                    └──▶ lost ◀──┘
 *                          │ drained: gap, snapshot ──▶ live        (a third loss in a minute ──▶ closed)
 *
 * `cursor` is the number of the last event that was considered for this client. It only rises, and the snapshot and its
 * position are taken in one step, so no event comes twice and none is missed.
 */
export class Viewer {
  readonly actor: Actor;
  readonly topics: ReadonlySet<Topic>;
  readonly #connection: Connection;
  readonly #room: ViewerRoom;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #epoch: string;
  #mode: "catching-up" | "live" | "lost" | "closed" = "catching-up";
  #cursor = 0;
  #isDeferred = false;
  #losses: readonly number[] = [];

  constructor({ actor, topics, connection, room, limits, clock }: ViewerOptions) {
    this.actor = actor;
    this.topics = topics;
    this.#connection = connection;
    this.#room = room;
    this.#clock = clock;
    this.#outbox = new Outbox(connection, limits);
    this.#epoch = room.position().epoch;
  }

  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  get queuedEvents(): number {
    return this.#outbox.queuedEvents;
  }

  /** Greets, then sends what was missed since a position that we still know, else (or without one) the whole state. */
  start(since: StreamPosition | "unknown" | undefined): void {
    const position = this.#room.position();
    this.#send(helloFrame(position));
    if (since === undefined) this.#sendState();
    else if (since === "unknown" || this.#room.after(since) === "gap") this.#sendGap();
    else {
      this.#cursor = since.seq;
      this.#catchUp();
    }
  }

  /** New events, in order. Those that the client already has, or will read from the ring, are passed over. */
  deliver(wires: readonly Wire[]): void {
    if (this.#mode !== "live") return;
    const isBundle = wires.length > 1;
    if (isBundle) this.#connection.cork();
    for (const wire of wires) {
      if (this.#mode === "live" && wire.seq > this.#cursor && !this.#pass(wire)) this.#lose();
    }
    if (isBundle) this.#connection.uncork();
  }

  /** The room has skipped events: the client reads them from the ring. */
  fallBehind(): void {
    if (this.#mode !== "live") return;
    this.#mode = "catching-up";
    this.#catchUpLater();
  }

  /** The socket takes bytes again. */
  drained(): void {
    if (this.#mode === "closed" || !this.#outbox.drained()) return;
    if (this.#mode === "lost") this.#sendGap();
    else if (this.#mode === "catching-up") this.#catchUpLater();
  }

  /** Every 15 s: drops a dead peer, tells a live one how far it has come. */
  ping(): void {
    if (this.#mode === "closed") return;
    if (!this.#connection.probe()) this.#connection.destroy();
    else if (this.#mode === "live" && !this.#outbox.isBlocked) {
      this.#send(pingFrame({ epoch: this.#epoch, seq: this.#cursor }));
    }
  }

  /** Ends the stream from our side. */
  end(why: EndOfStream): void {
    if (this.#mode === "closed") return;
    this.closed();
    this.#connection.end(why);
  }

  /** The connection is gone. */
  closed(): void {
    this.#mode = "closed";
    this.#outbox.clear();
  }

  /** Sends the event if the client wants and may see it; false when its queue is beyond its bounds. */
  #pass(wire: Wire): boolean {
    this.#cursor = wire.seq;
    if (wire.topic === undefined || !this.topics.has(wire.topic)) return true;
    const bytes = wire.bytesFor(this.actor, this.#connection.encoding);
    return bytes === undefined || this.#outbox.push(bytes);
  }

  /** Reads on in the ring for as long as the socket takes it, in pieces, so that others have their turn. */
  #catchUp(): void {
    const missed = this.#room.after({ epoch: this.#epoch, seq: this.#cursor });
    if (missed === "gap") {
      this.#lose();
      return;
    }
    this.#connection.cork();
    for (const envelope of missed) {
      if (this.#outbox.isBlocked) break;
      this.#pass(this.#room.wireOf(envelope));
    }
    this.#connection.uncork();
    if (this.#outbox.isBlocked) return;
    if (this.#cursor === this.#room.position().seq) this.#mode = "live";
    else this.#catchUpLater();
  }

  #catchUpLater(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#room.defer(() => {
      this.#isDeferred = false;
      if (this.#mode === "catching-up" && !this.#outbox.isBlocked) this.#catchUp();
    });
  }

  #lose(): void {
    this.#outbox.clear();
    this.#mode = "lost";
    const now = this.#clock.monotonic();
    this.#losses = [...this.#losses.filter((at) => now - at < LOSSES_FORGOTTEN_AFTER_MS), now];
    const isTooSlow = this.#losses.length > LOSSES_ALLOWED;
    this.#room.lost(isTooSlow ? "too-slow" : undefined);
    if (isTooSlow) this.end("too-slow");
    else if (!this.#outbox.isBlocked) this.#sendGap();
  }

  #sendGap(): void {
    this.#send(gapFrame(this.#room.position()));
    this.#sendState();
  }

  /** The whole state, however large: it is never queued. A view that is behind the bus is made up for from the ring. */
  #sendState(): void {
    const { position, bytes } = this.#room.state(this, this.#connection.encoding);
    this.#cursor = position.seq;
    this.#outbox.write(bytes);
    this.#mode = position.seq === this.#room.position().seq ? "live" : "catching-up";
    if (this.#mode === "catching-up") this.#catchUpLater();
  }

  #send(frame: Frame): void {
    this.#outbox.write(encodeFrame(frame, this.#connection.encoding));
  }
}
