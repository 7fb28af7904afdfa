export { createEventBus } from "./event-bus.ts";
export type { BusLimits, BusState, MemoryEventBus, RingState } from "./types.ts";
export { defaultBusLimits } from "./types.ts";
