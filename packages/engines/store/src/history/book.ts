import type { HistoryBook, HistoryQuery, HistoryRow } from "@cordboard/core";
import type { CallId, Clock, Log, Millis, TenantId } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import type { RawBuilder } from "kysely";
import { sql } from "kysely";
import type { Database } from "../database/database.ts";
import { moment } from "../database/schema.ts";
import { whenUp } from "../database/state.ts";
import { commit } from "../writing/commit.ts";
import { GroupCommit } from "../writing/group-commit.ts";
import { storableJson } from "../writing/storable.ts";
import type { RowChange } from "./rows.ts";
import { countOf, mergeChanges, recordOf, rowOf } from "./rows.ts";
import { WRITE_ROWS } from "./sql.ts";

/** Rows that may wait in memory while the database is away. */
export const MOST_SPOOLED_ROWS = 10_000;
/** How long new calls are still written to memory while the database is away. */
export const LONGEST_SPOOL: Millis = seconds(60);

/** Between the beginnings of two groups of rows: a lone call waits for one commit, hundreds a second share a hundred and twenty-five. */
const SPACING: Millis = ms(8);

/** How a call ends that a crash cut: Q.850 cause 41, temporary failure. */
const INTERRUPTED = { lastapp: "interrupted", cause: 41, sipStatus: 500, endedBy: "platform" };

/** The book of calls in the database. */
export interface StoredHistoryBook extends HistoryBook {
  /** Rows that wait to be written, at most {@link MOST_SPOOLED_ROWS}. */
  waiting(): number;
  /** Writes what waits and takes nothing more. Call before the database stops; returns how many rows were left unwritten. */
  finish(): Promise<number>;
}

/** What {@link openHistoryBook} needs. */
export interface HistoryBookOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens the book of calls. */
export function openHistoryBook({ database, clock, log }: HistoryBookOptions): StoredHistoryBook {
  const group = new GroupCommit<RowChange>({
    name: "history",
    clock,
    log,
    merge: mergeChanges,
    write: (changes) => writeRows(database, changes),
    isFleeting: ({ open, answered, end }) => open === undefined && answered === undefined && end === undefined,
    isBeginning: ({ open, end }) => open !== undefined && end === undefined,
    spacing: SPACING,
    most: MOST_SPOOLED_ROWS,
    longest: LONGEST_SPOOL,
    onBack: (listener) => whenUp(database, listener),
  });
  return {
    open: (open) => group.add(keyOf(open.tenant, open.id), { tenant: open.tenant, id: open.id, open }),
    answered: (tenant, id, at, dstchannel) =>
      group.addQuietly(keyOf(tenant, id), { tenant, id, answered: { at, dstchannel } }),
    close: (end) => group.add(keyOf(end.tenant, end.id), { tenant: end.tenant, id: end.id, end }),
    touch(calls, at) {
      for (const { tenant, id } of calls) group.addQuietly(keyOf(tenant, id), { tenant, id, touchedAt: at });
    },
    interruptOpen: () => interruptOpen(database),
    list: (tenant, query) => list(database, tenant, query),
    state: () => group.state(),
    waiting: () => group.size(),
    finish: () => group.close(),
  };
}

const keyOf = (tenant: TenantId, id: CallId): string => `${tenant} ${id}`;

async function writeRows({ promptPool }: Database, changes: readonly RowChange[]): Promise<void> {
  await commit(promptPool, { name: "write-rows", text: WRITE_ROWS }, [
    storableJson(changes.filter(({ open }) => open !== undefined).map(recordOf)),
    storableJson(changes.filter(({ open }) => open === undefined).map(recordOf)),
  ]);
}

async function interruptOpen({ tables }: Database): Promise<number> {
  const result = await tables
    .updateTable("history")
    .set(({ fn, ref, eb, val }) => ({
      ended_at: fn<string>("greatest", [ref("touched_at"), ref("started_at"), ref("answered_at")]),
      disposition: eb.case().when("answered_at", "is", null).then(val("FAILED")).else(val("ANSWERED")).end(),
      lastapp: INTERRUPTED.lastapp,
      cause: INTERRUPTED.cause,
      sip_status: INTERRUPTED.sipStatus,
      ended_by: INTERRUPTED.endedBy,
    }))
    .where("ended_at", "is", null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

async function list({ tables }: Database, tenant: TenantId, query: HistoryQuery): Promise<readonly HistoryRow[]> {
  const { direction, from, extensions, id } = query;
  const order = direction === "ASC" ? "asc" : "desc";
  let rows = tables.selectFrom("history").selectAll().where("tenant_id", "=", tenant);
  if (id !== undefined) rows = rows.where("call_id", "=", id);
  if (from !== undefined) rows = rows.where("started_at", ">=", moment(from));
  if (extensions !== undefined)
    rows = rows.where(({ or, eb }) =>
      or(
        (["src", "dst", "caller_extension", "callee_extension"] as const).map((column) =>
          eb(column, "=", anyOf(extensions)),
        ),
      ),
    );
  const found = await rows.orderBy("started_at", order).orderBy("call_id", order).limit(countOf(query)).execute();
  return found.map(rowOf);
}

const anyOf = (texts: readonly string[]): RawBuilder<string> => sql<string>`any(${[...texts]}::text[])`;
