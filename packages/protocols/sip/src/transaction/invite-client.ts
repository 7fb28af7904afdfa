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
  sendAck,
  sendRequest,
  start,
  stop,
  timedOut,
  unsendable,
} from "./machine.ts";

type Calling = { readonly at: "calling"; readonly resendAfter: Millis };

/** States of an INVITE client transaction. */
export type InviteClientState = Calling | { readonly at: "proceeding" | "completed" | "accepted" } | Terminated;

/** What moves it. */
export type InviteClientInput =
  | { readonly type: "response"; readonly status: number }
  | { readonly type: "timer"; readonly timer: "A" | "B" | "D" | "M" }
  | { readonly type: "transport-failed" };

const proceeding: InviteClientState = { at: "proceeding" };
const completed: InviteClientState = { at: "completed" };
const accepted: InviteClientState = { at: "accepted" };

/** The first state: the INVITE goes out, A resends it over datagrams, B ends the waiting. */
export function startInviteClient({ timers, isReliable }: MachineContext): Step<InviteClientState> {
  const giveUp = start("B", patience(timers));
  const actions = isReliable ? [sendRequest, giveUp] : [sendRequest, start("A", timers.t1), giveUp];
  return [{ at: "calling", resendAfter: timers.t1 }, actions];
}

/**
 * INVITE client transaction. Pure: the next state and what to do. Inputs without meaning in a state leave it as it is.
 *
 * ```text
 *              INVITE sent
 *                  │        A: resend, twice as long
 *                  ▼        B or transport failure: report ──────────────┐
 *               calling ──────────────────────────────────────────────┐  │
 *            1xx │   │ 2xx                300-699: ACK                 │  │
 *                ▼   └────────────┐ ┌──────────────────────┐          │  │
 *           proceeding ─── 2xx ───┤ │  ┌── 300-699: ACK ────┤          │  │
 *            1xx: pass            ▼ │  │                    ▼          ▼  ▼
 *                             accepted │               completed ─ D ─► terminated
 *                      2xx: pass, M ───┼───────────────────────────────► (done)
 *                                      └ 300-699 again: ACK again
 * ```
 * @rfc 3261#17.1.1.2
 * @rfc 6026#7.2 accepted, timer M
 */
export function stepInviteClient(
  state: InviteClientState,
  input: InviteClientInput,
  context: MachineContext,
): Step<InviteClientState> {
  switch (state.at) {
    case "calling":
      return calling(state, input, context);
    case "proceeding":
      return input.type === "response" ? answered(state, input.status, context) : [state, nothing];
    case "completed":
      if (input.type === "response") return [state, input.status >= 300 ? [sendAck] : nothing];
      if (input.type === "transport-failed") return [unsendable, [reportTransport]];
      return input.timer === "D" ? [done, nothing] : [state, nothing];
    case "accepted":
      if (input.type === "response") return [state, input.status >= 200 && input.status < 300 ? [passUp] : nothing];
      return input.type === "timer" && input.timer === "M" ? [done, nothing] : [state, nothing];
    case "terminated":
      return [state, nothing];
    default:
      return unreachable(state);
  }
}

function calling(state: Calling, input: InviteClientInput, context: MachineContext): Step<InviteClientState> {
  switch (input.type) {
    case "response":
      return answered(state, input.status, context);
    case "transport-failed":
      return [unsendable, [reportTransport]];
    case "timer": {
      if (input.timer === "B") return [timedOut, [reportTimeout]];
      if (input.timer !== "A") return [state, nothing];
      const next = ms(2 * state.resendAfter);
      return [{ at: "calling", resendAfter: next }, [sendRequest, start("A", next)]];
    }
    default:
      return unreachable(input);
  }
}

/** A response in calling or proceeding. */
function answered(
  from: InviteClientState,
  status: number,
  { timers, isReliable }: MachineContext,
): Step<InviteClientState> {
  const stops = from.at === "calling" ? [stop("A"), stop("B")] : nothing;
  if (status < 200) return [proceeding, [...stops, passUp]];
  if (status < 300) return [accepted, [...stops, passUp, start("M", patience(timers))]];
  if (isReliable) return [done, [...stops, sendAck, passUp]];
  return [completed, [...stops, sendAck, passUp, start("D", patience(timers))]];
}
