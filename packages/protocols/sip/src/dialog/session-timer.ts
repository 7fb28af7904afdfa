import type { Millis } from "@cordboard/kernel";
import { ms, unreachable } from "@cordboard/kernel";
import { wholeNumber } from "../message/characters.ts";
import type { HeaderField, HeaderList } from "../message/header-field.ts";
import type { Headers } from "../message/headers.ts";
import { parseParams } from "../message/params.ts";

/** The shortest interval that anybody may be held to, in seconds. @rfc 4028#4 */
export const SHORTEST_SESSION = 90;

/** The longest that we go along with, in seconds: a timer has to hold it. */
const LONGEST_SESSION = 86_400;

/** What an agent wants of the timers of its calls. */
export interface SessionTimerSettings {
  /** A call that nobody refreshes for so long is over, in seconds. 1,800 unless said otherwise. */
  readonly expiresSeconds: number;
  /** A peer that asks for less gets 422, in seconds; at least 90, which it is unless said otherwise. */
  readonly minSeconds: number;
}

/** The RFC's own values. */
export const defaultSessionTimers: SessionTimerSettings = { expiresSeconds: 1800, minSeconds: SHORTEST_SESSION };

/** Which side of a transaction refreshes: who sent the request, or who answered it. */
export type Refresher = "uac" | "uas";

/** What a message says of its session's timer. */
export interface SessionTerms {
  readonly seconds: number | undefined;
  readonly refresher: Refresher | undefined;
  readonly minSeconds: number;
  readonly isSupported: boolean;
}

/** Reads Session-Expires, Min-SE and Supported; what is malformed counts as missing. @rfc 4028#4 */
export function sessionTermsOf(headers: Headers): SessionTerms {
  const expires = secondsOf(headers.get("Session-Expires"));
  const refresher = expires?.refresher?.toLowerCase();
  return {
    seconds: expires?.seconds,
    refresher: refresher === "uac" || refresher === "uas" ? refresher : undefined,
    minSeconds: Math.max(SHORTEST_SESSION, secondsOf(headers.get("Min-SE"))?.seconds ?? 0),
    isSupported: headers.values("Supported").some((each) => each.toLowerCase() === "timer"),
  };
}

function secondsOf(
  text: string | undefined,
): { readonly seconds: number; readonly refresher: string | undefined } | undefined {
  if (text === undefined) return undefined;
  const semicolon = text.indexOf(";");
  const end = semicolon < 0 ? text.length : semicolon;
  const seconds = wholeNumber(text.slice(0, end).trim(), 10);
  const params = parseParams(text, end, text.length);
  if (seconds === undefined || params === undefined) return undefined;
  return { seconds, refresher: params.get("refresher") ?? undefined };
}

/** What was agreed for a session, seen from our side. */
export interface Session {
  readonly seconds: number;
  readonly isRefresher: boolean;
}

/** Whether a request asks for less than we allow, from a peer that understands 422. @rfc 4028#9 */
export const isTooShort = ({ seconds, isSupported }: SessionTerms, { minSeconds }: SessionTimerSettings): boolean =>
  isSupported && seconds !== undefined && seconds < minSeconds;

/** What a 2xx says of the timer, and what both then have. */
export interface AnsweredSession {
  readonly session: Session;
  readonly headers: HeaderList;
}

/** What we can do and would rather have, when we answer. */
export interface AnswerWish {
  /** Who refreshes when the request does not say. */
  readonly refresher: Refresher;
  /** Whether we are able to. */
  readonly canRefresh: boolean;
}

/**
 * The answer to a request that starts or refreshes a session: the interval asked for, or less, but no less than its Min-SE; the refresher
 * by the RFC's table. Undefined when the peer knows no timers and we could not refresh: then there is none. @rfc 4028#9
 */
export function answerSession(
  terms: SessionTerms,
  settings: SessionTimerSettings,
  wish: AnswerWish,
): AnsweredSession | undefined {
  const wanted = Math.min(terms.seconds ?? settings.expiresSeconds, settings.expiresSeconds);
  const seconds = Math.min(Math.max(wanted, terms.minSeconds), LONGEST_SESSION);
  const asked = terms.refresher ?? wish.refresher;
  const refresher = terms.isSupported ? (terms.refresher ?? (wish.canRefresh ? asked : "uac")) : "uas";
  if (refresher === "uas" && !terms.isSupported && !wish.canRefresh) return undefined;
  const headers: HeaderField[] = [["Session-Expires", `${seconds};refresher=${refresher}`]];
  if (terms.isSupported) headers.push(["Require", "timer"]);
  return { session: { seconds, isRefresher: refresher === "uas" }, headers };
}

/** What a 2xx to a request of ours agrees to; undefined when the session has no timer. @rfc 4028#7.2 */
export function agreedSession(headers: Headers): Session | undefined {
  const { seconds, refresher } = sessionTermsOf(headers);
  if (seconds === undefined) return undefined;
  const bounded = Math.min(Math.max(seconds, SHORTEST_SESSION), LONGEST_SESSION);
  return { seconds: bounded, isRefresher: refresher !== "uas" };
}

/** What a request of ours asks for. Without a refresher the peer chooses. @rfc 4028#7.1 */
export function askedSession(seconds: number, minSeconds: number, refresher?: Refresher): HeaderList {
  const expires = Math.max(seconds, minSeconds);
  const headers: HeaderField[] = [
    ["Session-Expires", refresher === undefined ? String(expires) : `${expires};refresher=${refresher}`],
  ];
  if (minSeconds > SHORTEST_SESSION) headers.push(["Min-SE", String(minSeconds)]);
  return headers;
}

/** The interval that a 422 wants, in seconds; undefined when it does not say, or wants more than we can do. @rfc 4028#7.3 */
export function wantedByRefusal(headers: Headers): number | undefined {
  const wanted = secondsOf(headers.get("Min-SE"))?.seconds;
  return wanted === undefined || wanted > LONGEST_SESSION ? undefined : wanted;
}

/** How the timer of a session stands; times are on the monotonic clock. */
export type SessionTimerState =
  | { readonly at: "off" }
  | { readonly at: "expired" }
  /** Waits to refresh, or for the peer to. */
  | { readonly at: "resting"; readonly endsAt: Millis; readonly isRefresher: boolean }
  | { readonly at: "refreshing"; readonly endsAt: Millis };

/** What moves it: what a 2xx agreed to, its timer, or that a refresh of ours met a refusal and may be tried again. */
export type SessionTimerInput =
  | { readonly type: "agreed"; readonly session: Session | undefined }
  | { readonly type: "refresh-failed"; readonly retryAfter: Millis }
  | { readonly type: "timer" };

/** What is to be done. Starting the timer ends the one before. */
export type SessionTimerAction =
  | { readonly type: "start-timer"; readonly after: Millis }
  | { readonly type: "stop-timer" | "refresh" | "end" };

/** The first state: nobody watches over the session. */
export const startSessionTimer: SessionTimerState = { at: "off" };

/** A session ends this long before its interval is over, so that its BYE comes before the peer forgets it. @rfc 4028#10 */
const margin = (interval: number): number => Math.min(32_000, interval / 3);

/**
 * The timer of a session. Pure: the next state and what to do.
 *
 * ```text
 *             agreed             half the interval: refresh
 *   off ─────────────► resting ─────────────────────────────► refreshing
 *    ▲  agreed, none    │  ▲ └─ agreed: anew                   │    │
 *    └──────────────────┘  └── refused: try again later ───────┘    │
 *                       │      agreed: anew                         │
 *                       └────────► expired: BYE ◄───────────────────┘  nobody refreshed in time
 * ```
 * @rfc 4028#10
 */
export function stepSessionTimer(
  state: SessionTimerState,
  input: SessionTimerInput,
  now: Millis,
): readonly [SessionTimerState, readonly SessionTimerAction[]] {
  if (state.at === "expired") return [state, []];
  switch (input.type) {
    case "agreed":
      return agreed(input.session, now);
    case "refresh-failed": {
      if (state.at !== "refreshing") return [state, []];
      const after = ms(Math.max(0, Math.min(input.retryAfter, state.endsAt - now)));
      return [{ at: "resting", endsAt: state.endsAt, isRefresher: true }, [{ type: "start-timer", after }]];
    }
    case "timer": {
      if (state.at === "off") return [state, []];
      if (now >= state.endsAt) return [{ at: "expired" }, [{ type: "end" }]];
      const again: SessionTimerAction = { type: "start-timer", after: ms(state.endsAt - now) };
      if (state.at === "refreshing" || !state.isRefresher) return [state, [again]];
      return [{ at: "refreshing", endsAt: state.endsAt }, [again, { type: "refresh" }]];
    }
    default:
      return unreachable(input);
  }
}

function agreed(
  session: Session | undefined,
  now: Millis,
): readonly [SessionTimerState, readonly SessionTimerAction[]] {
  if (session === undefined) return [{ at: "off" }, [{ type: "stop-timer" }]];
  const interval = session.seconds * 1000;
  const left = interval - margin(interval);
  const after = ms(session.isRefresher ? interval / 2 : left);
  return [
    { at: "resting", endsAt: ms(now + left), isRefresher: session.isRefresher },
    [{ type: "start-timer", after }],
  ];
}
