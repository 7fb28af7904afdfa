import type { ClientTransaction } from "../transaction/client-transaction.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import type { Core, DialogEntry } from "./core.ts";
import type { SipTransport } from "./transport.ts";
import type { AgentState, DialogSummary, TransactionState } from "./types.ts";

/** Everything that is alive in an agent, as plain data; each list has at most `longest` entries. */
export function describeAgent(core: Core, transports: readonly SipTransport[], longest: number): AgentState {
  const { layer, dialogs, calls, branches, subscriptions, clock, waiting } = core;
  const now = clock.monotonic();
  const connections = transports.flatMap((transport) => transport.connections());
  return {
    clientTransactions: layer.clients.size,
    serverTransactions: layer.servers.size,
    dialogs: dialogs.size,
    calls: calls.size,
    subscriptions: subscriptions.size,
    waiting: waiting.size,
    connections: connections.length,
    timers: clock.running,
    transactions: firstOf<ClientTransaction | ServerTransaction>(
      longest,
      layer.clients.values(),
      layer.servers.values(),
    ).map((each) => shown(each, now)),
    dialogList: firstOf(longest, dialogs.values(), calls.values(), branches.values()).map((each) => summary(each, now)),
    connectionList: connections.slice(0, longest),
  };
}

function shown(transaction: ClientTransaction | ServerTransaction, now: number): TransactionState {
  const { key, kind, method, at, flow, startedAt } = transaction;
  return { key, kind, method, at, transport: flow.transport, peer: flow.remote, ageMs: now - startedAt };
}

function summary(entry: DialogEntry, now: number): DialogSummary {
  const { id, at, isCaller, flow, startedAt } = entry.snapshot();
  return { id, at, isCaller, transport: flow.transport, peer: flow.remote, ageMs: now - startedAt };
}

/** The first so many of several lists, without making lists of all. */
function firstOf<Value>(most: number, ...lists: readonly Iterable<Value>[]): readonly Value[] {
  const found: Value[] = [];
  for (const list of lists) {
    for (const value of list) {
      if (found.length >= most) return found;
      found.push(value);
    }
  }
  return found;
}
