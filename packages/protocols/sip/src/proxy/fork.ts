import { unreachable } from "@cordboard/kernel";
import { bestOf } from "./best.ts";

/** One target that a request was sent to. */
export interface Branch {
  /** 0 before the first response, then its latest status; final from 200 on. */
  readonly status: number;
  /** A CANCEL is wanted, but may only follow a provisional response; or it was sent. @rfc 3261#9.1 */
  readonly cancel: "no" | "wanted" | "sent";
}

/** Everything that a fork knows; plain data. */
export interface ForkState {
  readonly isInvite: boolean;
  /** Targets that have not been tried, those that are tried next first. */
  readonly waiting: readonly (readonly number[])[];
  readonly branches: ReadonlyMap<number, Branch>;
  /** A final response has gone to the caller. */
  readonly isAnswered: boolean;
  /** The caller has given up. */
  readonly isCancelled: boolean;
}

/** What moves a fork. */
export type ForkInput =
  | { readonly type: "response"; readonly target: number; readonly status: number }
  /** No response will come from there. */
  | { readonly type: "failed"; readonly target: number; readonly failure: "timeout" | "transport" }
  | { readonly type: "timer-c"; readonly target: number }
  /** Those that ring have rung for long enough. */
  | { readonly type: "rung-out" }
  /** The caller gives up. */
  | { readonly type: "cancel" };

/** What a fork asks its runner to do. */
export type ForkAction =
  /** Sends the request to these, and starts the time for which they may ring. */
  | { readonly type: "try"; readonly targets: readonly number[] }
  /** Sends the response at hand to the caller. */
  | { readonly type: "pass-on" }
  /** Sends the caller the final response of that target, or one of that status where none came. */
  | { readonly type: "answer"; readonly target: number; readonly status: number }
  | { readonly type: "cancel"; readonly target: number; readonly because: CancelReason }
  /** Starts timer C, or the time that a cancelled target has left for its final response. */
  | { readonly type: "watch"; readonly target: number; readonly until: "timer-c" | "patience" }
  | { readonly type: "unwatch"; readonly target: number }
  /** No answer is wanted of it any more: forgets its transaction. */
  | { readonly type: "abandon"; readonly target: number };

/** Why a target is cancelled: somebody else answered, everybody was refused, the caller gave up, or it took too long. */
export type CancelReason = "answered" | "refused" | "caller" | "time";

/** The next state, and what to do. */
export type ForkStep = readonly [ForkState, readonly ForkAction[]];

/** A fork that has tried its first targets; the groups are tried one after another. */
export function startFork(groups: readonly (readonly number[])[], isInvite: boolean): ForkStep {
  return tryNext({ isInvite, waiting: groups, branches: new Map(), isAnswered: false, isCancelled: false });
}

/**
 * A response context: one request from a caller, its copies, and what comes back. Pure: the next state and what to do.
 *
 * - Provisional responses but 100 go on at once, a 2xx too; to INVITE every 2xx does, even after another answer.
 * - The first 2xx or 6xx ends the trying: those that still ring are cancelled.
 * - Other final responses are kept until all targets have one; then the best goes on, or the next targets are tried.
 * @rfc 3261#16.7 responses
 * @rfc 3261#16.8 timer C
 * @rfc 3261#16.10 CANCEL
 * @deviation A 3xx is passed on, not followed.
 */
export function stepFork(state: ForkState, input: ForkInput): ForkStep {
  switch (input.type) {
    case "response":
      return responded(state, input.target, input.status);
    case "failed":
      return ended(state, input.target, input.failure === "timeout" ? 408 : 503);
    case "timer-c":
      return tooLong(state, input.target);
    case "rung-out": {
      const [cancelled, actions] = cancelAll(state, "time");
      return after(actions, tryNext(cancelled));
    }
    case "cancel":
      return settle(cancelAll({ ...state, isCancelled: true, waiting: [] }, "caller"));
    default:
      return unreachable(input);
  }
}

/** Whether nothing is left to wait for. */
export const isForkOver = (state: ForkState): boolean =>
  state.isAnswered && [...state.branches.values()].every(({ status }) => status >= 200);

function responded(state: ForkState, target: number, status: number): ForkStep {
  const branch = state.branches.get(target);
  if (branch === undefined) return [state, []];
  if (status < 200) return progressed(state, target, status);
  if (status >= 300) return ended(state, target, status);
  if (!state.isInvite) {
    return state.isAnswered ? ended(state, target, status) : accepted(state, target, status);
  }
  return branch.status >= 200 && branch.status < 300 ? [state, [{ type: "pass-on" }]] : accepted(state, target, status);
}

function progressed(state: ForkState, target: number, status: number): ForkStep {
  const branch = state.branches.get(target);
  if (branch === undefined || branch.status >= 200) return [state, []];
  const actions: ForkAction[] = [];
  if (status > 100 && !state.isAnswered) actions.push({ type: "pass-on" });
  if (!state.isInvite) return [withBranch(state, target, { ...branch, status }), actions];
  if (branch.cancel === "wanted") {
    actions.push(
      { type: "cancel", target, because: state.isCancelled ? "caller" : state.isAnswered ? "answered" : "time" },
      { type: "watch", target, until: "patience" },
    );
    return [withBranch(state, target, { status, cancel: "sent" }), actions];
  }
  // A ringing target is waited for anew with each word; a bare 100 only starts the waiting.
  if (branch.cancel === "no" && (status > 100 || branch.status === 0)) {
    actions.push({ type: "watch", target, until: "timer-c" });
  }
  return [withBranch(state, target, { ...branch, status }), actions];
}

/** A 2xx: it goes on, and the others are no longer wanted. */
function accepted(state: ForkState, target: number, status: number): ForkStep {
  const taken = withBranch({ ...state, isAnswered: true, waiting: [] }, target, { status, cancel: "no" });
  const [next, cancels] = cancelAll(taken, "answered");
  return [next, [{ type: "pass-on" }, { type: "unwatch", target }, ...cancels]];
}

/** A final response that is no 2xx, or none at all. */
function ended(state: ForkState, target: number, status: number): ForkStep {
  const branch = state.branches.get(target);
  if (branch === undefined || branch.status >= 200) return [state, []];
  const known = withBranch(state, target, { ...branch, status });
  const [next, actions] = status < 600 ? ([known, []] as const) : cancelAll({ ...known, waiting: [] }, "refused");
  return settle([next, [{ type: "unwatch", target }, ...actions]]);
}

function tooLong(state: ForkState, target: number): ForkStep {
  const branch = state.branches.get(target);
  // Before the first word the transaction has a timer of its own, and only INVITE has timer C.
  if (branch === undefined || branch.status === 0 || branch.status >= 200 || !state.isInvite) return [state, []];
  if (branch.cancel === "sent") return after([{ type: "abandon", target }], ended(state, target, 408));
  const next = withBranch(state, target, { ...branch, cancel: "sent" });
  return [
    next,
    [
      { type: "cancel", target, because: "time" },
      { type: "watch", target, until: "patience" },
    ],
  ];
}

/** Cancels every target that has no final response, now or with its first word. Only INVITE can be cancelled. */
function cancelAll(state: ForkState, because: CancelReason): ForkStep {
  if (!state.isInvite) return [state, []];
  const actions: ForkAction[] = [];
  const branches = new Map(state.branches);
  for (const [target, branch] of state.branches) {
    if (branch.status >= 200 || branch.cancel === "sent") continue;
    branches.set(target, { ...branch, cancel: branch.status === 0 ? "wanted" : "sent" });
    if (branch.status === 0) continue;
    actions.push({ type: "cancel", target, because }, { type: "watch", target, until: "patience" });
  }
  return [{ ...state, branches }, actions];
}

/** Once all targets have a final response: the next ones, or the best answer. */
function settle([state, actions]: ForkStep): ForkStep {
  if (state.isAnswered || [...state.branches.values()].some(({ status }) => status < 200)) return [state, actions];
  return after(actions, state.waiting.length > 0 ? tryNext(state) : answered(state));
}

function answered(state: ForkState): ForkStep {
  const targets = [...state.branches];
  const best =
    targets[
      bestOf(
        targets.map(([, { status }]) => status),
        state.isCancelled,
      )
    ];
  if (best === undefined) return [state, []];
  const [target, { status }] = best;
  return [{ ...state, isAnswered: true }, [{ type: "answer", target, status }]];
}

function tryNext(state: ForkState): ForkStep {
  const [targets, ...waiting] = state.waiting;
  if (targets === undefined) return [state, []];
  const branches = new Map(state.branches);
  for (const target of targets) branches.set(target, { status: 0, cancel: "no" });
  return [{ ...state, waiting, branches }, [{ type: "try", targets }]];
}

const after = (actions: readonly ForkAction[], [state, more]: ForkStep): ForkStep => [state, [...actions, ...more]];

const withBranch = (state: ForkState, target: number, branch: Branch): ForkState => ({
  ...state,
  branches: new Map(state.branches).set(target, branch),
});
