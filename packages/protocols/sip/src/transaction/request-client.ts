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
  sendRequest,
  start,
  stop,
  timedOut,
  unsendable,
} from "./machine.ts";

/** States of a client transaction of any method but INVITE. */
export type RequestClientState =
  | { readonly at: "trying"; readonly resendAfter: Millis }
  | { readonly at: "proceeding" | "completed" }
  | Terminated;

/** What moves it. */
export type RequestClientInput =
  | { readonly type: "response"; readonly status: number }
  | { readonly type: "timer"; readonly timer: "E" | "F" | "K" }
  | { readonly type: "transport-failed" };

const proceeding: RequestClientState = { at: "proceeding" };
const completed: RequestClientState = { at: "completed" };

/** The first state: the request goes out, E resends it over datagrams, F ends the waiting. */
export function startRequestClient({ timers, isReliable }: MachineContext): Step<RequestClientState> {
  const giveUp = start("F", patience(timers));
  const actions = isReliable ? [sendRequest, giveUp] : [sendRequest, start("E", timers.t1), giveUp];
  return [{ at: "trying", resendAfter: timers.t1 }, actions];
}

/**
 * Client transaction of any method but INVITE. Pure: the next state and what to do.
 *
 * ```text
 *            request sent
 *                 │          E: resend after min(twice, T2)
 *                 ▼          F or transport failure: report
 *              trying ───────────────────────────────────► terminated
 *          1xx │    │ 200-699: pass                            ▲  ▲
 *              ▼    └──────────────► completed ── K ───────────┘  │
 *         proceeding ── 200-699 ─────────┘                        │
 *              └─ E: resend after T2; F or transport failure ─────┘
 * ```
 * @rfc 3261#17.1.2.2
 */
export function stepRequestClient(
  state: RequestClientState,
  input: RequestClientInput,
  context: MachineContext,
): Step<RequestClientState> {
  switch (state.at) {
    case "trying":
    case "proceeding":
      return waiting(state, input, context);
    case "completed":
      return input.type === "timer" && input.timer === "K" ? [done, nothing] : [state, nothing];
    case "terminated":
      return [state, nothing];
    default:
      return unreachable(state);
  }
}

type Waiting = Exclude<RequestClientState, Terminated>;

function waiting(
  state: Waiting,
  input: RequestClientInput,
  { timers, isReliable }: MachineContext,
): Step<RequestClientState> {
  switch (input.type) {
    case "response":
      if (input.status < 200) return [proceeding, [passUp]];
      if (isReliable) return [done, [stop("F"), passUp]];
      return [completed, [stop("E"), stop("F"), passUp, start("K", timers.t4)]];
    case "transport-failed":
      return [unsendable, [reportTransport]];
    case "timer": {
      if (input.timer === "F") return [timedOut, [reportTimeout]];
      if (input.timer !== "E") return [state, nothing];
      if (state.at !== "trying") return [state, [sendRequest, start("E", timers.t2)]];
      const next = ms(Math.min(2 * state.resendAfter, timers.t2));
      return [{ at: "trying", resendAfter: next }, [sendRequest, start("E", next)]];
    }
    default:
      return unreachable(input);
  }
}
