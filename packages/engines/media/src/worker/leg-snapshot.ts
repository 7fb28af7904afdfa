import type { NegotiatedMedia } from "@cordboard/core";
import type { Endpoint } from "./addresses.ts";
import type { RecordingSnapshot } from "./leg-recording.ts";
import type { OutgoingSnapshot } from "./outgoing-stream.ts";
import type { ShieldSnapshot } from "./shield/shield.ts";

/** What a leg takes along from one worker to another, so that its peer notices nothing. Figures that cannot go along start again. */
export interface LegSnapshot {
  readonly media: NegotiatedMedia | undefined;
  readonly source: Endpoint | undefined;
  readonly shield: ShieldSnapshot | undefined;
  readonly outgoing: OutgoingSnapshot;
  readonly digitsWaiting: string;
  readonly recording: RecordingSnapshot | undefined;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsForeign: number;
}
