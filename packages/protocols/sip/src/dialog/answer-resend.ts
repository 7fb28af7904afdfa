import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { TimerSettings } from "../transaction/timers.ts";

/** The resending of a 2xx to INVITE until its ACK comes. @rfc 3261#13.3.1.4 */
export type AnswerResend =
  | { readonly at: "waiting"; readonly resendAfter: Millis; readonly waited: Millis }
  | { readonly at: "acknowledged" | "given-up" };

/** The first state, when the 2xx has been sent for the first time. */
export const startAnswerResend = ({ t1 }: TimerSettings): AnswerResend => ({
  at: "waiting",
  resendAfter: t1,
  waited: ms(0),
});

/** What moves it: its delay (`resendAfter`) has passed, or the ACK has come. */
export type AnswerResendInput = { readonly type: "delay" | "ack" };

/**
 * The next state. After a delay without an ACK the 2xx is sent again, then after min(twice, T2), until 64 × T1 have gone by.
 *
 * ```text
 *   2xx sent ──► waiting ── ACK ──────────► acknowledged
 *                 │  ▲ └─── 64 × T1 over ──► given-up
 *                 └──┘ delay: send again, min(twice, T2)
 * ```
 */
export function stepAnswerResend(state: AnswerResend, input: AnswerResendInput, timers: TimerSettings): AnswerResend {
  if (state.at !== "waiting") return state;
  if (input.type === "ack") return { at: "acknowledged" };
  const waited = ms(state.waited + state.resendAfter);
  const limit = 64 * timers.t1;
  if (waited >= limit) return { at: "given-up" };
  const next = Math.min(2 * state.resendAfter, timers.t2, limit - waited);
  return { at: "waiting", resendAfter: ms(next), waited };
}

/** The longest wait before a re-INVITE that met another one is tried again, in milliseconds: from 2.1 to 4 s for the side that made the call, 0 to 2 s for the other, in steps of 10 ms. @rfc 3261#14.1 */
export function glareDelay(isCaller: boolean, randomByte: number): Millis {
  const step = Math.floor((randomByte / 256) * (isCaller ? 191 : 201));
  return ms((isCaller ? 2100 : 0) + step * 10);
}
