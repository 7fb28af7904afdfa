import type { CallId, LegId } from "@cordboard/kernel";
import type { CallView, DeviceView } from "../call/index.ts";
import type { HistoryRow } from "../history/index.ts";

/**
 * The data of each event, by its wire name. An event about a call carries the whole call as it is after the event, so that
 * a client folds the stream by "keep the newest" and a missed event is mended by the next.
 */
export interface EventData {
  readonly "call.started.v1": { readonly call: CallView };
  readonly "call.answered.v1": { readonly call: CallView };
  readonly "call.ended.v1": { readonly call: CallView };
  readonly "leg.placed.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.ringing.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.answered.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.ended.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.digit.v1": { readonly leg: LegId; readonly digit: string; readonly call: CallView };
  readonly "device.registered.v1": { readonly device: DeviceView };
  readonly "device.unregistered.v1": { readonly device: DeviceView };
  readonly "history.recorded.v1": {
    readonly call: CallId;
    readonly row: HistoryRow;
    readonly extensions: readonly string[];
  };
  readonly "config.changed.v1": { readonly kind: string; readonly id: string };
}

/** The wire name of an event. */
export type EventName = keyof EventData;

/** What a client may narrow a stream to. */
export type Topic = "calls" | "devices" | "history" | "config";
