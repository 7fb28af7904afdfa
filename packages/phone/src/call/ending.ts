import type { FailureCause } from "@cordboard/sip";

/** How a call ended. */
export interface CallEnd {
  readonly by: "local" | "remote";
  /** The SIP status for a call that was never answered (486, 487 …); 200 for one that was. */
  readonly status: number;
  /** The Reason header's value when there was one, else the reason phrase. */
  readonly reason: string;
  readonly cause: "bye" | "no-ack" | "lost" | FailureCause;
}

/** What a refusal carries. */
export interface DeclineOptions {
  /** Reason phrase. */
  readonly phrase?: string;
  /** Value of the Reason header, such as `Q.850;cause=17`. */
  readonly reason?: string;
}

/** What a hang-up carries. */
export interface HangUpOptions {
  /** Value of the Reason header, such as `Q.850;cause=16`. */
  readonly reason?: string;
}
