import type { NegotiatedMedia } from "@cordboard/core";
import type { RecordingSnapshot } from "./leg-recording.ts";
import type { OutgoingSnapshot } from "./outgoing-stream.ts";
import type { WireSnapshot } from "./wire-snapshot.ts";

/** What a leg takes along from one worker to another, so that its peer notices nothing. Figures that cannot go along start again. */
export interface LegSnapshot {
  readonly media: NegotiatedMedia | undefined;
  readonly wire: WireSnapshot;
  readonly outgoing: OutgoingSnapshot;
  readonly digitsWaiting: string;
  readonly recording: RecordingSnapshot | undefined;
  readonly packetsReceived: number;
  readonly packetsLost: number;
}
