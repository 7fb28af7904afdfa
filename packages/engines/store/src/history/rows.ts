import type { HistoryQuery, HistoryRow, OpenRow, RowEnd } from "@cordboard/core";
import type { CallId, Instant, TenantId } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type { HistoryTable } from "../database/schema.ts";

/** What is to be written about one call; what is absent stays as it is. */
export interface RowChange {
  readonly tenant: TenantId;
  readonly id: CallId;
  readonly open?: OpenRow;
  readonly answered?: { readonly at: Instant; readonly dstchannel: string };
  readonly end?: RowEnd;
  readonly touchedAt?: Instant;
}

/** What two changes of one call come to. */
export const mergeChanges = (older: RowChange, newer: RowChange): RowChange => ({
  ...older,
  ...newer,
  // A row is opened once: a later opening of the same call does not undo the first.
  ...(older.open && { open: older.open }),
  ...(older.end && { end: older.end }),
});

/** The change as one record for the database, under the names of the columns. */
export function recordOf({ tenant, id, open, answered, end, touchedAt }: RowChange): Readonly<Record<string, unknown>> {
  const answer = end === undefined ? answered?.at : end.answer;
  const moments = [open?.start, answered?.at, end?.end, touchedAt].filter((at) => at !== undefined);
  return {
    tenant_id: tenant,
    call_id: id,
    ...(open && columnsOf(open)),
    ...(answer && { answered_at: isoText(answer) }),
    ...(answered && { dstchannel: answered.dstchannel }),
    ...(end && {
      ended_at: isoText(end.end),
      disposition: end.disposition,
      lastapp: end.lastapp,
      dstchannel: end.dstchannel,
      cause: end.cause,
      sip_status: end.sipStatus,
      ended_by: end.endedBy,
      quality: end.quality,
    }),
    touched_at: isoText(Math.max(...moments) as Instant),
  };
}

const columnsOf = (open: OpenRow): Readonly<Record<string, unknown>> => ({
  started_at: isoText(open.start),
  src: open.src,
  dst: open.dst,
  from_name: open.fromName,
  from_number: open.fromNumber,
  to_name: open.toName,
  to_number: open.toNumber,
  lastapp: open.lastapp,
  lastdata: open.lastdata,
  channel: open.channel,
});

/** A row as the faces read it. */
export const rowOf = (row: Selectable<HistoryTable>): HistoryRow => ({
  id: row.call_id as CallId,
  tenant: row.tenant_id as TenantId,
  start: row.started_at,
  answer: row.answered_at,
  end: row.ended_at,
  billsec: secondsBetween(row.answered_at, row.ended_at),
  duration: secondsBetween(row.started_at, row.ended_at),
  disposition: row.disposition as HistoryRow["disposition"],
  type: "call",
  src: row.src,
  dst: row.dst,
  fromName: row.from_name,
  fromNumber: row.from_number,
  toName: row.to_name,
  toNumber: row.to_number,
  lastapp: row.lastapp,
  lastdata: row.lastdata,
  channel: row.channel,
  dstchannel: row.dstchannel ?? "",
  userfield: row.userfield,
  cost: row.cost,
  cause: row.cause,
  sipStatus: row.sip_status,
  endedBy: row.ended_by,
  quality: (row.quality ?? {}) as HistoryRow["quality"],
});

const secondsBetween = (from: Instant | null, to: Instant | null): number =>
  from === null || to === null ? 0 : Math.max(0, Math.floor((to - from) / 1000));

/** How many rows a query gets: what it asks for, within 1 and 1000. */
export const countOf = ({ count }: HistoryQuery): number => Math.min(1000, Math.max(1, Math.floor(count) || 1));
