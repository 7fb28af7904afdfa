import type { Content, SipRequest, SipResponse } from "../message/message.ts";
import type { Endpoint, Flow } from "./flow.ts";

/** Why a request of ours failed. */
export type FailureCause = "rejected" | "timeout" | "transport" | "cancelled" | "closed";

/** What became of a request of ours. `status` is the final response's, or 408 (timeout), 503 (transport), 487 (cancelled). */
export type Outcome =
  | { readonly ok: true; readonly status: number; readonly response: SipResponse; readonly flow: Flow }
  | {
      readonly ok: false;
      readonly status: number;
      readonly cause: FailureCause;
      readonly response: SipResponse | undefined;
    };

/** A request from outside that waits for our answer. Ignored calls to `respond` after a final one return false. */
export interface IncomingRequest {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** What this peer should see as our address (Contact, SDP). */
  readonly local: Endpoint;
  /** Sends a response; provisional ones may come before one final one. */
  respond(status: number, content?: ResponseContent): boolean;
}

/** What a response carries beside what the stack writes itself. */
export interface ResponseContent extends Content {
  /** Reason phrase; the RFC's own unless said otherwise. */
  readonly reason?: string;
}
