import type { EventBus } from "@cordboard/core";
import type { Millis, TenantId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";

/** How much one tenant's ring keeps. The upper bounds win over the lower ones. */
export interface BusLimits {
  /** Events that are kept however old they are. */
  readonly minEvents: number;
  /** Age up to which events are kept however many there are. */
  readonly minAge: Millis;
  /** No more events than this: 300,000 are 5 minutes at 1,000 events a second. */
  readonly maxEvents: number;
  /** No more than about this many bytes of event data, as {@link weigh} counts them. */
  readonly maxBytes: number;
}

/** 10,000 events and 5 minutes, at most 300,000 events and 128 MiB. */
export const defaultBusLimits: BusLimits = {
  minEvents: 10_000,
  minAge: ms(300_000),
  maxEvents: 300_000,
  maxBytes: 128 * 1024 * 1024,
};

/** The event bus in memory. */
export interface MemoryEventBus extends EventBus {
  /** What is held and who listens, for tests, health and metrics. */
  describe(): BusState;
}

/** All rings of a bus, for a live dump. */
export interface BusState {
  readonly epoch: string;
  readonly rings: readonly RingState[];
}

/** One tenant's ring as it is now. */
export interface RingState {
  readonly tenant: TenantId;
  /** The newest event's number, 0 before the first. */
  readonly seq: number;
  readonly events: number;
  /** Slots of the ring's table. */
  readonly slots: number;
  readonly bytes: number;
  readonly listeners: number;
  /** Events that an upper bound pushed out before their time. */
  readonly cutEarly: number;
}
