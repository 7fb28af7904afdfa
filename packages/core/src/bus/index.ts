export type { EventBus, StreamPosition } from "./ports.ts";
