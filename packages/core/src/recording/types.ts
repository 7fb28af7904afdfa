import type { CallId, Instant, LegId, Millis, RecordingId, TenantId } from "@cordboard/kernel";

/** A call, or a part of it, that is being written to a file. */
export interface CallRecording {
  readonly id: RecordingId;
  readonly tenant: TenantId;
  readonly call: CallId;
  readonly leg: LegId;
  /** Whose leg it was taken at. */
  readonly extension: string;
  /** The other side, as it was then. */
  readonly other: { readonly name: string; readonly number: string };
  readonly startedAt: Instant;
  readonly by: "command" | "rule";
}

/** A recording that is listed: complete when it has an end. */
export interface KeptRecording extends CallRecording {
  readonly lasted: Millis | null;
}
