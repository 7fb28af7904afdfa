import type { Log } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import type { PoolConfig } from "pg";
import pg from "pg";

/** How many connections a pool has, and how long one of its statements may take before it counts as stuck. */
export interface PoolSize {
  readonly connections: number;
  readonly deadlineMs: number;
}

/** For questions and changes of the configuration. */
export const ORDINARY: PoolSize = { connections: 10, deadlineMs: 10_000 };
/** For what is written group by group: long questions must not stand in its way, and its groups must not wait long. */
export const PROMPT: PoolSize = { connections: 2, deadlineMs: 2_000 };

const CONNECT_MS = 5_000;
/** The server gives up first, so that the connection stays good. */
const GRACE_MS = 250;

/** Who hears of trouble with connections. */
export interface PoolTold {
  readonly log: Log;
  readonly onBreak: () => void;
}

/**
 * Connections to a database, with instants read as epoch milliseconds and counts as numbers. `onBreak` is told when one
 * of them breaks: the database may be away.
 */
export function openPool(login: PoolConfig, size: PoolSize, { log, onBreak }: PoolTold): pg.Pool {
  const { connections, deadlineMs } = size;
  const pool = new pg.Pool({
    application_name: "cordboard",
    max: connections,
    connectionTimeoutMillis: Math.min(CONNECT_MS, deadlineMs),
    statement_timeout: deadlineMs,
    query_timeout: deadlineMs + GRACE_MS,
    idle_in_transaction_session_timeout: deadlineMs,
    ...login,
    types: { getTypeParser: parserOf },
  });
  const told = (error: Error): void => {
    log.debug("a database connection broke", { error: error.message });
    onBreak();
  };
  // The pool listens to idle connections only. One that breaks while it is lent out, between two statements, would
  // otherwise end the whole process; whoever has it sees the next statement fail.
  pool.on("connect", (client) => client.on("error", told));
  pool.on("error", told);
  return pool;
}

const { TIMESTAMPTZ, INT8 } = pg.types.builtins;
const readDate: (text: string) => unknown = pg.types.getTypeParser(TIMESTAMPTZ);

function parserOf(type: number, format?: "text" | "binary"): (value: string) => unknown {
  if (format !== "binary" && type === TIMESTAMPTZ) return readInstant;
  if (format !== "binary" && type === INT8) return Number;
  return pg.types.getTypeParser(type, format === "binary" ? "binary" : "text") as (value: string) => unknown;
}

function readInstant(text: string): unknown {
  const date = readDate(text);
  return date instanceof Date ? instant(date.getTime()) : date;
}
