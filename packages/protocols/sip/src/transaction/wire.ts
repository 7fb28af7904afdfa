import type { Clock, Result } from "@cordboard/kernel";
import type { Flow, TransportName } from "../agent/flow.ts";
import type { SendRefusal } from "../agent/transport.ts";
import type { TimerSettings } from "./timers.ts";

/** What transactions need of the world below them. */
export interface Wire {
  readonly clock: Clock;
  readonly timers: TimerSettings;
  /** Whether a transport delivers by itself. */
  isReliable(transport: TransportName): boolean;
  /** Sends bytes over a flow; a later failure is told to `report`, at most once. */
  send(bytes: Uint8Array, flow: Flow, report?: (refusal: SendRefusal) => void): Result<undefined, SendRefusal>;
}
