import type { Device } from "../directory/index.ts";
import type { LegAction } from "./actions.ts";
import type { LegFact } from "./facts.ts";

/** The engine that runs legs over SIP. */
export interface Switch {
  /** Starts an action. Never throws; what comes of it is reported as a fact, never before this call has returned. */
  act(action: LegAction): void;
  onFact(listener: (fact: LegFact) => void): void;
  /** Called when an endpoint registers, refreshes, or goes (`isGone`). */
  onDevice(listener: (device: Device, isGone: boolean) => void): void;
}
