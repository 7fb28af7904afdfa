import type { Millis, RecordingId, TenantId } from "@cordboard/kernel";
import type { CallRecording } from "./types.ts";

/** Where recordings of calls are listed. Neither call rejects: what cannot be kept is logged, and tried again. */
export interface RecordingBook {
  open(recording: CallRecording): void;
  close(tenant: TenantId, id: RecordingId, lasted: Millis): void;
}

/** The files in which recorded sound lies: of calls, of messages and of greetings. */
export interface RecordingFiles {
  /** How long the sound in a file is that nobody writes any more; `undefined` when there is none. */
  lengthOf(tenant: TenantId, recording: RecordingId): Promise<Millis | undefined>;
  /** Removes a file; one that is not there is removed already. Never rejects: what stays is logged. */
  remove(tenant: TenantId, recording: RecordingId): Promise<void>;
}
