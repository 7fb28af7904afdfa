import type { EventBus, LiveView, StreamPosition } from "@cordboard/core";
import type { Envelope, TenantId } from "@cordboard/kernel";
import { actorName } from "../credentials/actor-name.ts";
import { encodeFrame, snapshotFrame } from "./frames.ts";
import type { Encoding, EndOfStream } from "./types.ts";
import type { Viewer, ViewerRoom, WrittenState } from "./viewer.ts";
import { Wire } from "./wire.ts";

/** Events that a viewer reads from the ring at once. */
const PIECE = 256;
/** Viewers that are served before the event loop has its turn: some milliseconds. */
const SLICE = 500;
/** Events that may wait for a round to end; beyond, viewers read them from the ring. */
const LONGEST_ROUND = 2000;
/** Written-out events that are kept for those who catch up. */
const RECENT = 1024;
/** Snapshots of one moment that are kept, written out, for others who see the same. */
const SAME_STATES = 64;

/** What a room hears and whom it tells. */
export interface RoomOptions {
  readonly tenant: TenantId;
  readonly bus: EventBus;
  readonly live: LiveView;
  /** Told of each event at once, before any viewer. */
  onEvent(envelope: Envelope): void;
  onLoss(end: EndOfStream | undefined): void;
}

/**
 * The viewers of one tenant. It listens to the bus once for all of them and carries new events round in slices, in a later
 * turn than the publishing, so that neither a decision of core nor a SIP message waits for five thousand sockets.
 */
export class Room implements ViewerRoom {
  readonly tenant: TenantId;
  readonly #options: RoomOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #leave: () => void;
  readonly #recent: (Wire | undefined)[] = new Array<Wire | undefined>(RECENT).fill(undefined);
  #waiting: Wire[] = [];
  #isGoingRound = false;
  #states: { readonly seq: number; readonly byName: Map<string, WrittenState> } = { seq: -1, byName: new Map() };

  constructor(options: RoomOptions) {
    this.#options = options;
    this.tenant = options.tenant;
    this.#leave = options.bus.subscribe(options.tenant, (envelope) => this.#heard(envelope));
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#viewers;
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  /** Stops listening to the bus. */
  close(): void {
    this.#leave();
    this.#waiting = [];
  }

  position(): StreamPosition {
    return this.#options.bus.position(this.tenant);
  }

  after(from: StreamPosition): readonly Envelope[] | "gap" {
    return this.#options.bus.since(this.tenant, from, PIECE);
  }

  defer(task: () => void): void {
    setImmediate(task);
  }

  lost(end: EndOfStream | undefined): void {
    this.#options.onLoss(end);
  }

  wireOf(envelope: Envelope): Wire {
    const place = envelope.seq % RECENT;
    const kept = this.#recent[place];
    if (kept?.envelope === envelope) return kept;
    const wire = new Wire(envelope);
    if (kept === undefined || kept.seq < envelope.seq) this.#recent[place] = wire;
    return wire;
  }

  /** The state as the viewer may see it. Between two events those who see the same get the same bytes. */
  state({ actor, topics }: Viewer, encoding: Encoding): WrittenState {
    const { seq } = this.position();
    if (this.#states.seq !== seq) this.#states = { seq, byName: new Map() };
    const { byName } = this.#states;
    const name = `${encoding} ${actorName(actor)} ${[...topics].join(" ")}`;
    const known = byName.get(name);
    if (known !== undefined) return known;
    const snapshot = this.#options.live.snapshot(actor, topics);
    const written = { position: snapshot.position, bytes: encodeFrame(snapshotFrame(snapshot), encoding) };
    if (byName.size < SAME_STATES && snapshot.position.seq === seq) byName.set(name, written);
    return written;
  }

  #heard(envelope: Envelope): void {
    this.#options.onEvent(envelope);
    if (this.#waiting.length >= LONGEST_ROUND) {
      this.#waiting = [];
      for (const viewer of this.#viewers) viewer.fallBehind();
    }
    this.#waiting.push(this.wireOf(envelope));
    if (this.#isGoingRound) return;
    this.#isGoingRound = true;
    this.defer(() => this.#goRound());
  }

  #goRound(): void {
    const wires = this.#waiting;
    this.#waiting = [];
    const everybody = this.#viewers.values();
    const slice = (): void => {
      for (let served = 0; served < SLICE; served++) {
        const { done, value: viewer } = everybody.next();
        if (done) {
          this.#isGoingRound = this.#waiting.length > 0;
          if (this.#isGoingRound) this.defer(() => this.#goRound());
          return;
        }
        viewer.deliver(wires);
      }
      this.defer(slice);
    };
    slice();
  }
}
