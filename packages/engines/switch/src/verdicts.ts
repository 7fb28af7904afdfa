import type { EndReason, EndWhy, Side, SoundRefusal } from "@cordboard/core";
import { verdictOf } from "@cordboard/core";
import { unreachable } from "@cordboard/kernel";
import type { DialogEnd, FailureCause, Headers, NegotiationRefusal, SipResponse } from "@cordboard/sip";
import { q850Cause } from "./reason-header.ts";

const reasonsOf = (headers: Headers | undefined): number | undefined =>
  headers === undefined ? undefined : q850Cause(headers.all("reason"));

const withCause = (cause: number | undefined): { readonly cause?: number } => (cause === undefined ? {} : { cause });

/** The verdict on a leg that we end by ourselves. */
export const ownEnd = (why: EndWhy): EndReason => verdictOf({ kind: "ordered", why });

/** The verdict on a leg whose sound did not open. */
export const notOpened = ({ code }: SoundRefusal): EndReason => ownEnd(code === "no-free-ports" ? "no-ports" : "fault");

/** The verdict on a leg whose description will not do. */
export const noAgreement = (refusal?: NegotiationRefusal): EndReason =>
  ownEnd(refusal?.code === "not-protected" ? "not-protected" : "no-common-codec");

/** The verdict on an incoming leg whose caller gave up. */
export const cancelledByCaller = (): EndReason => verdictOf({ kind: "cancel" });

/** The verdict on an unanswered leg that nobody answered in the time given. */
export const unansweredInTime = (side: Side): EndReason => verdictOf({ kind: "timeout", side });

/** The verdict on a placed leg that has failed. */
export function failedCall(side: Side, cause: FailureCause, response: SipResponse | undefined): EndReason {
  switch (cause) {
    case "rejected":
      return response === undefined
        ? ownEnd("fault")
        : verdictOf({ kind: "status", side, status: response.status, ...withCause(reasonsOf(response.headers)) });
    case "timeout":
      return verdictOf({ kind: "timeout", side });
    case "transport":
      return verdictOf({ kind: "transport", side });
    case "cancelled":
      return ownEnd("cancelled");
    case "closed":
      return ownEnd("shutting-down");
    default:
      return unreachable(cause);
  }
}

/** The verdict on an answered leg whose dialog is over without an order of ours. */
export function endedDialog(side: Side, end: DialogEnd): EndReason {
  switch (end.cause) {
    case "bye":
      return verdictOf({ kind: "bye", side, ...withCause(reasonsOf(end.request?.headers)) });
    case "no-ack":
      return verdictOf({ kind: "timeout", side });
    case "lost":
      return verdictOf({ kind: "transport", side });
    case "closed":
      return ownEnd("shutting-down");
    default:
      return unreachable(end.cause);
  }
}
