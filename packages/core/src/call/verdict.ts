import type { EndClass, EndParty, EndReason, EndWhy } from "./end-reason.ts";

/** What is known of a leg's end before it is judged. */
export type EndInput =
  /** We ended it, for a reason that core named. */
  | { readonly kind: "ordered"; readonly why: EndWhy }
  /** The leg's own peer hung up an answered leg. `cause` is the Q.850 cause of its Reason header, if it sent one. */
  | { readonly kind: "bye"; readonly side: Side; readonly cause?: number }
  /** The caller gave up before the answer. */
  | { readonly kind: "cancel" }
  /** A placed leg was refused with a final status of 300 to 699. */
  | { readonly kind: "status"; readonly side: Side; readonly status: number; readonly cause?: number }
  /** A placed leg got no final answer, or an answered one no acknowledgement. */
  | { readonly kind: "timeout"; readonly side: Side }
  /** The peer cannot be reached: no connection, no address. */
  | { readonly kind: "transport"; readonly side: Side };

/** Whose leg it is: a user's endpoint that calls, one that is called, or a trunk. */
export type Side = "caller" | "callee" | "carrier";

/** Q.850 cause and SIP status of each reason (RFC 3398 §8.2.6.1 where it has one). */
const words: Readonly<Record<EndWhy, readonly [cause: number, sip: number, party: EndParty, cls: EndClass]>> = {
  "normal-clearing": [16, 200, "platform", "success"],
  cancelled: [16, 487, "caller", "caller"],
  "completed-elsewhere": [26, 200, "callee", "success"],
  busy: [17, 486, "callee", "callee"],
  declined: [21, 603, "callee", "callee"],
  "no-answer": [19, 480, "callee", "callee"],
  "no-devices": [20, 480, "callee", "callee"],
  "not-registered": [20, 480, "callee", "callee"],
  "unknown-number": [1, 404, "caller", "caller"],
  "loop-detected": [25, 482, "platform", "platform"],
  "not-permitted": [21, 403, "platform", "caller"],
  "no-common-codec": [88, 488, "platform", "unknown"],
  "not-protected": [88, 488, "platform", "unknown"],
  "no-ports": [34, 503, "platform", "platform"],
  overloaded: [42, 503, "platform", "platform"],
  "carrier-refused": [41, 502, "carrier", "carrier"],
  unreachable: [27, 480, "callee", "callee"],
  "timed-out": [102, 408, "callee", "unknown"],
  "media-lost": [41, 500, "platform", "platform"],
  "no-sound": [41, 480, "platform", "unknown"],
  "no-path": [3, 480, "platform", "unknown"],
  "no-keys": [41, 480, "platform", "unknown"],
  "path-lost": [27, 480, "platform", "unknown"],
  replaced: [16, 200, "callee", "success"],
  transferred: [16, 200, "platform", "success"],
  parked: [16, 200, "platform", "success"],
  "shutting-down": [41, 503, "platform", "platform"],
  interrupted: [41, 500, "platform", "platform"],
  fault: [41, 500, "platform", "platform"],
};

/** Refusals that say something about the person called, by status; all else is about the way there. */
const statusWhy: ReadonlyMap<number, EndWhy> = new Map([
  [403, "not-permitted"],
  [404, "unknown-number"],
  [408, "no-answer"],
  [410, "unknown-number"],
  [415, "no-common-codec"],
  [480, "no-answer"],
  [484, "unknown-number"],
  [486, "busy"],
  [487, "cancelled"],
  [488, "no-common-codec"],
  [600, "busy"],
  [603, "declined"],
  [604, "unknown-number"],
  [606, "no-common-codec"],
]);

/** The verdict on a leg: the one place where it is made. Same input, same verdict. */
export function verdictOf(input: EndInput): EndReason {
  switch (input.kind) {
    case "ordered":
      return reason(input.why);
    case "cancel":
      return reason("cancelled");
    case "bye": {
      const cause = validCause(input.cause) ?? 16;
      const isNormal = cause === 16 || cause === 31;
      return { ...reason("normal-clearing"), party: input.side, cause, class: isNormal ? "success" : input.side };
    }
    case "status":
      return ofStatus(input.side, input.status, validCause(input.cause));
    case "timeout":
      return { ...reason("timed-out"), party: input.side, class: input.side };
    case "transport":
      return { ...reason("unreachable"), party: input.side, class: input.side };
    default:
      return reason("fault");
  }
}

function ofStatus(side: Side, status: number, cause: number | undefined): EndReason {
  const why = statusWhy.get(status) ?? (side === "carrier" || status >= 500 ? "carrier-refused" : "declined");
  const base = reason(why);
  const isWayThere = status >= 500 && status < 600;
  return {
    why,
    party: side,
    class: side === "carrier" && isWayThere ? "carrier" : side,
    cause: cause ?? base.cause,
    sip: status,
  };
}

function reason(why: EndWhy): EndReason {
  const [cause, sip, party, cls] = words[why];
  return { why, party, class: cls, cause, sip };
}

function validCause(cause: number | undefined): number | undefined {
  return cause !== undefined && Number.isInteger(cause) && cause >= 1 && cause <= 127 ? cause : undefined;
}
