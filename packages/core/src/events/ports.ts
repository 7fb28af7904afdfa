import type { Envelope, TenantId } from "@cordboard/kernel";
import type { Actor } from "../identity/index.ts";
import type { Topic } from "./catalogue-types.ts";
import type { LiveState } from "./live-state.ts";

/** Where a stream stands. */
export interface StreamPosition {
  readonly epoch: string;
  readonly seq: number;
}

/** The ring of events: at least 10,000 events and 5 minutes of each tenant. Publishing and reading are synchronous. */
export interface EventBus {
  /** Appends an event and hands it to every subscriber before it returns. */
  publish<Data>(tenant: TenantId, event: string, data: Data): Envelope<Data>;
  /** Subscribers are called in the order of publishing and must not throw or block. */
  subscribe(tenant: TenantId, listener: (envelope: Envelope) => void): () => void;
  /** The `seq` of the newest event (0 before the first) and this server's epoch. */
  position(tenant: TenantId): StreamPosition;
  /** All events after `from`, or `gap` when the ring no longer holds them or the epoch is another. */
  since(tenant: TenantId, from: StreamPosition): readonly Envelope[] | "gap";
}

/** Live state as one actor may see it, at a position of the stream: exactly what the events up to `seq` fold to. */
export interface Snapshot {
  readonly position: StreamPosition;
  readonly state: LiveState;
}

/** Reads the live state; synchronous, so that nothing happens between the state and its position. */
export interface LiveView {
  snapshot(actor: Actor, topics: ReadonlySet<Topic>): Snapshot;
}
