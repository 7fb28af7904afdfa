import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { TimerSettings } from "./timers.ts";

/** Names of the timers. A, E and G resend; the others end a state. @rfc 3261#A and @rfc 6026#7.1 (L, M) */
export type TimerName = "A" | "B" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M";

/** What a machine asks its runner to do. */
export type Action =
  /** Sends the request (again). */
  | { readonly type: "send-request" }
  /** Sends the ACK that a final response other than 2xx gets. */
  | { readonly type: "send-ack" }
  /** Sends the response at hand, or the last one again. */
  | { readonly type: "send-response" }
  /** Hands the response (client) or the ACK (server) to the user. */
  | { readonly type: "pass-up" }
  /** Tells the user that nothing more will come. */
  | { readonly type: "report"; readonly failure: "timeout" | "transport" }
  | { readonly type: "start-timer"; readonly timer: TimerName; readonly after: Millis }
  | { readonly type: "stop-timer"; readonly timer: TimerName };

/** The end of every machine. */
export type Terminated = { readonly at: "terminated"; readonly because: "done" | "timeout" | "transport" };

/** What a machine needs to know of the world. */
export interface MachineContext {
  readonly timers: TimerSettings;
  /** Whether the transport delivers by itself; then nothing is resent and linger times are zero. */
  readonly isReliable: boolean;
}

/** The next state, and what to do. */
export type Step<State> = readonly [State, readonly Action[]];

/** See {@link Action}. */
export const sendRequest: Action = { type: "send-request" };
/** See {@link Action}. */
export const sendAck: Action = { type: "send-ack" };
/** See {@link Action}. */
export const sendResponse: Action = { type: "send-response" };
/** See {@link Action}. */
export const passUp: Action = { type: "pass-up" };
/** Nobody answered in time. */
export const reportTimeout: Action = { type: "report", failure: "timeout" };
/** The transport could not send. */
export const reportTransport: Action = { type: "report", failure: "transport" };
/** Starts a timer. */
export const start = (timer: TimerName, after: Millis): Action => ({ type: "start-timer", timer, after });
/** Stops a timer; harmless when it does not run. */
export const stop = (timer: TimerName): Action => ({ type: "stop-timer", timer });

/** Nothing to do. */
export const nothing: readonly Action[] = [];

/** Ended as it should. */
export const done: Terminated = { at: "terminated", because: "done" };
/** Ended because nobody answered. */
export const timedOut: Terminated = { at: "terminated", because: "timeout" };
/** Ended because nothing could be sent. */
export const unsendable: Terminated = { at: "terminated", because: "transport" };

/** How long either side waits for the other before it gives up: 64 × T1. @rfc 3261#17.1.1.2 */
export const patience = ({ t1 }: TimerSettings): Millis => ms(64 * t1);
