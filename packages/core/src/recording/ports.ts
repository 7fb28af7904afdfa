import type { Millis, RecordingId, TenantId } from "@cordboard/kernel";
import type { CallRecording } from "./types.ts";

/** Where recordings of calls are listed. Neither call rejects: what cannot be kept is logged, and tried again. */
export interface RecordingBook {
  open(recording: CallRecording): void;
  close(tenant: TenantId, id: RecordingId, lasted: Millis): void;
}
