import type { LegId, RecordingId } from "@cordboard/kernel";
import type { RecordEnd } from "../media/index.ts";
import type { CallView, TalkSound } from "./view.ts";

/**
 * The data of events about calls, by wire name. Each carries the whole call as it is after the event, so that a client folds
 * the stream by "keep the newest" and a missed event is mended by the next.
 */
export interface CallEventData {
  readonly "call.started.v1": { readonly call: CallView };
  readonly "call.answered.v1": { readonly call: CallView };
  readonly "call.transferred.v1": { readonly call: CallView };
  readonly "call.parked.v1": { readonly call: CallView };
  readonly "call.retrieved.v1": { readonly call: CallView };
  readonly "call.changed.v1": { readonly call: CallView };
  readonly "call.ended.v1": { readonly call: CallView };
  readonly "leg.placed.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.ringing.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.answered.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.held.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.resumed.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.silent.v1": { readonly leg: LegId; readonly sound: TalkSound; readonly call: CallView };
  readonly "leg.heard.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.moved.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "recording.started.v1": { readonly leg: LegId; readonly recording: RecordingId; readonly call: CallView };
  readonly "recording.ended.v1": {
    readonly leg: LegId;
    readonly recording: RecordingId;
    readonly lastedSeconds: number;
    readonly why: RecordEnd;
    readonly call: CallView;
  };
  readonly "leg.ended.v1": { readonly leg: LegId; readonly call: CallView };
  readonly "leg.digit.v1": { readonly leg: LegId; readonly digit: string; readonly call: CallView };
}
