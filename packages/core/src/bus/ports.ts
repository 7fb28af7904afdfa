import type { Envelope, TenantId } from "@cordboard/kernel";

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
  /**
   * All events after `from`, or `gap` when the ring no longer holds them or the epoch is another. With `limit`, the oldest `limit` of
   * them, so that a long way back is read in pieces.
   */
  since(tenant: TenantId, from: StreamPosition, limit?: number): readonly Envelope[] | "gap";
}
