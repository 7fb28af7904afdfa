import type { Millis } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import type { MachineContext, Step, Terminated } from "./machine.ts";
import {
  done,
  nothing,
  passUp,
  patience,
  reportTimeout,
  reportTransport,
  sendResponse,
  start,
  stop,
  timedOut,
} from "./machine.ts";

type Completed = { readonly at: "completed"; readonly resendAfter: Millis };

/** States of an INVITE server transaction. */
export type InviteServerState =
  | { readonly at: "proceeding"; readonly hasResponse: boolean }
  | Completed
  | { readonly at: "confirmed" | "accepted" }
  | Terminated;

/** What moves it. `request` is the INVITE once more; `respond` comes from the user. */
export type InviteServerInput =
  | { readonly type: "request" | "ack" | "transport-failed" }
  | { readonly type: "respond"; readonly status: number }
  | { readonly type: "timer"; readonly timer: "G" | "H" | "I" | "L" };

const confirmed: InviteServerState = { at: "confirmed" };
const accepted: InviteServerState = { at: "accepted" };
const ringing: InviteServerState = { at: "proceeding", hasResponse: true };

/** The first state: an INVITE has come in and nothing was said yet. */
export const startInviteServer: InviteServerState = { at: "proceeding", hasResponse: false };

/**
 * INVITE server transaction. Pure: the next state and what to do. A transport that fails is reported, but ends nothing: the
 * request may come again, and then gets its answer.
 *
 * ```text
 *                INVITE
 *                  ▼      INVITE: last 1xx again; 1xx from the user: send
 *             proceeding ───────── 2xx: send ──────────► accepted ─ L ─► terminated
 *                  │ 300-699: send                  INVITE: nothing         ▲  ▲
 *                  ▼      G: send again, min(twice, T2)  2xx: send          │  │
 *              completed ─── H: report ─── ACK: pass up ────────────────────┘  │
 *                  │ ACK   INVITE: send again                                  │
 *                  ▼                                                           │
 *              confirmed ─ I ──────────────────────────────────────────────────┘
 * ```
 * @rfc 3261#17.2.1
 * @rfc 6026#7.1 accepted, timer L
 * @rfc 6026#8.8 transport failures
 */
export function stepInviteServer(
  state: InviteServerState,
  input: InviteServerInput,
  context: MachineContext,
): Step<InviteServerState> {
  switch (state.at) {
    case "proceeding":
      if (input.type === "request") return [state, state.hasResponse ? [sendResponse] : nothing];
      if (input.type === "transport-failed") return [state, [reportTransport]];
      return input.type === "respond" ? responded(input.status, context) : [state, nothing];
    case "completed":
      return completed(state, input, context);
    case "confirmed":
      return input.type === "timer" && input.timer === "I" ? [done, nothing] : [state, nothing];
    case "accepted":
      if (input.type === "ack") return [state, [passUp]];
      if (input.type === "transport-failed") return [state, [reportTransport]];
      if (input.type === "respond")
        return [state, input.status >= 200 && input.status < 300 ? [sendResponse] : nothing];
      return input.type === "timer" && input.timer === "L" ? [done, nothing] : [state, nothing];
    case "terminated":
      return [state, nothing];
    default:
      return unreachable(state);
  }
}

function responded(status: number, { timers, isReliable }: MachineContext): Step<InviteServerState> {
  if (status < 200) return [ringing, [sendResponse]];
  if (status < 300) return [accepted, [sendResponse, start("L", patience(timers))]];
  const giveUp = start("H", patience(timers));
  const actions = isReliable ? [sendResponse, giveUp] : [sendResponse, start("G", timers.t1), giveUp];
  return [{ at: "completed", resendAfter: timers.t1 }, actions];
}

function completed(
  state: Completed,
  input: InviteServerInput,
  { timers, isReliable }: MachineContext,
): Step<InviteServerState> {
  switch (input.type) {
    case "request":
      return [state, [sendResponse]];
    case "ack":
      return isReliable ? [done, [stop("H")]] : [confirmed, [stop("G"), stop("H"), start("I", timers.t4)]];
    case "transport-failed":
      return [state, [reportTransport]];
    case "respond":
      return [state, nothing];
    case "timer": {
      if (input.timer === "H") return [timedOut, [reportTimeout]];
      if (input.timer !== "G") return [state, nothing];
      const next = ms(Math.min(2 * state.resendAfter, timers.t2));
      return [{ at: "completed", resendAfter: next }, [sendResponse, start("G", next)]];
    }
    default:
      return unreachable(input);
  }
}
