import { unreachable } from "@cordboard/kernel";
import type { MachineContext, Step, Terminated } from "./machine.ts";
import { done, nothing, patience, reportTransport, sendResponse, start } from "./machine.ts";

/** States of a server transaction of any method but INVITE and ACK. */
export type RequestServerState = { readonly at: "trying" | "proceeding" | "completed" } | Terminated;

/** What moves it. `request` is the same request once more; `respond` comes from the user. */
export type RequestServerInput =
  | { readonly type: "request" | "transport-failed" }
  | { readonly type: "respond"; readonly status: number }
  | { readonly type: "timer"; readonly timer: "J" };

const proceeding: RequestServerState = { at: "proceeding" };
const completed: RequestServerState = { at: "completed" };

/** The first state: a request has come in and nothing was said yet. */
export const startRequestServer: RequestServerState = { at: "trying" };

/**
 * Server transaction of any method but INVITE and ACK. Pure: the next state and what to do. A transport that fails is reported,
 * but ends nothing: the request may come again, and then gets its answer.
 *
 * ```text
 *            request
 *               ▼     request again: nothing
 *            trying ───────────── 200-699: send ───┐
 *               │ 1xx: send                        ▼   request again: send again
 *               ▼     request: last 1xx again   completed ─ J ─► terminated
 *          proceeding ─────────── 200-699: send ───┘
 * ```
 * @rfc 3261#17.2.2
 * @rfc 6026#8.8 transport failures
 */
export function stepRequestServer(
  state: RequestServerState,
  input: RequestServerInput,
  context: MachineContext,
): Step<RequestServerState> {
  switch (state.at) {
    case "trying":
    case "proceeding":
      if (input.type === "respond") return responded(input.status, context);
      if (input.type === "transport-failed") return [state, [reportTransport]];
      return [state, input.type === "request" && state.at === "proceeding" ? [sendResponse] : nothing];
    case "completed":
      if (input.type === "request") return [state, [sendResponse]];
      if (input.type === "transport-failed") return [state, [reportTransport]];
      return input.type === "timer" ? [done, nothing] : [state, nothing];
    case "terminated":
      return [state, nothing];
    default:
      return unreachable(state);
  }
}

function responded(status: number, { timers, isReliable }: MachineContext): Step<RequestServerState> {
  if (status < 200) return [proceeding, [sendResponse]];
  return isReliable ? [done, [sendResponse]] : [completed, [sendResponse, start("J", patience(timers))]];
}
