import type { StreamPosition } from "../bus/index.ts";
import type { Actor } from "../identity/index.ts";
import type { Topic } from "./event-data.ts";
import type { LiveState } from "./live-state.ts";

/** Live state as one actor may see it, at a position of the stream: exactly what the events up to `seq` fold to. */
export interface Snapshot {
  readonly position: StreamPosition;
  readonly state: LiveState;
}

/** Reads the live state; synchronous, so that nothing happens between the state and its position. */
export interface LiveView {
  snapshot(actor: Actor, topics: ReadonlySet<Topic>): Snapshot;
}
