import type { Hash, Log, Random } from "@cordboard/kernel";
import { ms, randomHex, silentLog } from "@cordboard/kernel";
import type { DialogId } from "../dialog/dialog.ts";
import type { SessionTimerSettings } from "../dialog/session-timer.ts";
import { defaultSessionTimers } from "../dialog/session-timer.ts";
import type { SipRequest } from "../message/message.ts";
import type { LayerUser } from "../transaction/layer.ts";
import { BRANCH_COOKIE, TransactionLayer } from "../transaction/layer.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import type { TimerSettings } from "../transaction/timers.ts";
import { defaultTimers } from "../transaction/timers.ts";
import type { Wire } from "../transaction/wire.ts";
import type { CountingClock } from "./counting-clock.ts";
import { countingClock } from "./counting-clock.ts";
import type { Endpoint, Flow } from "./flow.ts";
import { Outbound } from "./outbound.ts";
import type { Outcome } from "./request-types.ts";
import { tracer } from "./trace.ts";
import type { AgentLimits, SipAgentOptions } from "./types.ts";

/** A request in a dialog, with its transaction. */
export interface Arrival {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly transaction: ServerTransaction;
}

/** A dialog or a call that is not answered yet, as the dispatcher sees it. */
export interface DialogEntry {
  /** Takes a request with our tag in To. */
  receive(arrival: Arrival): void;
  /** Takes an ACK to a 2xx of ours. */
  acknowledge(ack: SipRequest): void;
  /** Ends it on our side without a word to the peer. */
  drop(): void;
  snapshot(): DialogSnapshot;
}

/** What is shown of a dialog. */
export interface DialogSnapshot {
  readonly id: DialogId;
  readonly at: "early" | "confirmed" | "ending";
  readonly isCaller: boolean;
  readonly flow: Flow;
  /** On the monotonic clock, in milliseconds. */
  readonly startedAt: number;
}

/** What the parts of an agent share. */
export interface Core {
  readonly clock: CountingClock;
  readonly random: Random;
  readonly hash: Hash;
  readonly log: Log;
  readonly timers: TimerSettings;
  readonly limits: AgentLimits;
  readonly product: string;
  readonly outbound: Outbound;
  readonly layer: TransactionLayer;
  /** Sends what has no transaction: ACK to 2xx, answers to what cannot be read. */
  readonly wire: Wire;
  /** Confirmed dialogs by key. */
  readonly dialogs: Map<string, DialogEntry>;
  /** Calls from outside before their answer, by the key of the dialog to come. */
  readonly calls: Map<string, DialogEntry>;
  /** Branches of calls of ours that ring, by the key of their early dialog. */
  readonly branches: Map<string, DialogEntry>;
  /** Subscriptions of others, by the key of their dialog. */
  readonly subscriptions: Map<string, DialogEntry>;
  /** Calls and requests of ours that wait; each is ended when the agent closes. */
  readonly waiting: Set<() => void>;
  /** Value of Allow. */
  allow(): string;
  /** Extensions that Require may name. */
  readonly supported: ReadonlySet<string>;
  /** Undefined when provisional responses are never acknowledged. */
  readonly reliable: SipAgentOptions["reliable"];
  /** Undefined when calls have no timers. */
  readonly sessionTimers: SessionTimerSettings | undefined;
  /** Value of Supported in calls; empty when there is nothing to tell. */
  readonly tellsSupported: string;
  newTag(): string;
  newBranch(): string;
  /** Runs a handler of the owner's; what it throws is logged, not passed on. */
  guard(task: () => void): void;
}

/** What peers within calls are told that we understand; what registrars and proxies support is no business of theirs. */
const toldExtensions: ReadonlySet<string> = new Set(["replaces", "norefersub", "timer", "100rel"]);

/** Makes what the parts of an agent share. */
export function createCore(options: SipAgentOptions, user: LayerUser, allow: () => string): Core {
  const clock = countingClock(options.clock);
  const log = options.log ?? silentLog;
  const timers = { ...defaultTimers, ...options.timers };
  const { sessionTimers, reliable } = options;
  const supported = new Set(options.supported ?? []);
  if (sessionTimers !== undefined) supported.add("timer");
  if (reliable !== undefined) supported.add("100rel");
  const outbound = new Outbound(options.transports, options.resolve);
  const traceOut = tracer(options.trace, clock, "out");
  const wire = {
    clock,
    timers,
    isReliable: (transport: Flow["transport"]) => outbound.isReliable(transport),
    send(bytes: Uint8Array, flow: Flow, report?: Parameters<Outbound["send"]>[2]) {
      traceOut?.(bytes, flow);
      return outbound.send(bytes, flow, report);
    },
  };
  return {
    clock,
    random: options.random,
    hash: options.hash,
    log,
    timers,
    limits: {
      transactions: 300_000,
      dialogs: 50_000,
      inviteDeadlineMs: ms(180_000),
      unansweredMs: ms(3_600_000),
      ...options.limits,
    },
    product: options.product ?? "Cordboard",
    outbound,
    layer: new TransactionLayer(wire, user),
    dialogs: new Map(),
    calls: new Map(),
    branches: new Map(),
    subscriptions: new Map(),
    waiting: new Set(),
    wire,
    allow,
    supported,
    reliable,
    sessionTimers: sessionTimers === undefined ? undefined : { ...defaultSessionTimers, ...sessionTimers },
    tellsSupported: [...toldExtensions].filter((each) => supported.has(each)).join(", "),
    newTag: () => randomHex(options.random, 8),
    newBranch: () => `${BRANCH_COOKIE}${randomHex(options.random, 12)}`,
    guard(task) {
      try {
        task();
      } catch (cause) {
        log.error("a SIP handler threw", { cause });
      }
    },
  };
}

/** Resolves a local address now or later; the task runs at once when it can. */
export function withLocal(core: Core, flow: Flow, task: (local: Endpoint) => void): void {
  const local = core.outbound.localTowards(flow);
  if ("then" in local) {
    local.then(task, () => task(flow.local));
  } else task(local);
}

/** The outcome of everything that waits when the agent closes. */
export const closedOutcome: Outcome = { ok: false, status: 503, cause: "closed", response: undefined };
