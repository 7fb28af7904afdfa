import type { Log } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import type { PoolConfig } from "pg";
import pg from "pg";

const CONNECTIONS = 10;
const CONNECT_MS = 5_000;
/** No statement of ours takes longer, so one that does is stuck. */
const STATEMENT_MS = 10_000;

/**
 * Connections to a database, with instants read as epoch milliseconds and counts as numbers. `onBreak` is told when one
 * of them breaks: the database may be away.
 */
export function openPool(login: PoolConfig, log: Log, onBreak: () => void): pg.Pool {
  const pool = new pg.Pool({
    application_name: "cordboard",
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 1_000,
    idle_in_transaction_session_timeout: STATEMENT_MS,
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
