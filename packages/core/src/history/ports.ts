import type { CallId, Instant, TenantId } from "@cordboard/kernel";
import type { HistoryRow, OpenRow, RowEnd } from "./types.ts";

/** How a row was kept: in the database, or in memory until the database is back (at most 60 s and 10,000 rows). */
export type Kept = "committed" | "spooled";

/** The book of calls. Writes of one moment are committed together; those of one call keep their order. */
export interface HistoryBook {
  /** Settles when the row is safe. Refuses (rejects with `database-unavailable`) when it can neither commit nor spool. */
  open(row: OpenRow): Promise<Kept>;
  /** The other side answered; keeps the moment so that a crash does not lose it. */
  answered(tenant: TenantId, id: CallId, at: Instant, dstchannel: string): void;
  close(end: RowEnd): Promise<Kept>;
  /** Says that these calls are still up, every 10 s: an interrupted one ends at its last touch. */
  touch(calls: readonly { readonly tenant: TenantId; readonly id: CallId }[], at: Instant): void;
  /** Ends what a crash left open: `end` is the last touch, `lastapp` becomes `interrupted`. Returns how many. */
  interruptOpen(): Promise<number>;
  list(tenant: TenantId, query: HistoryQuery): Promise<readonly HistoryRow[]>;
  /** Whether rows can be committed now; `spooling` while they wait in memory. */
  state(): "committing" | "spooling" | "away";
}

/** Which rows are listed. */
export interface HistoryQuery {
  /** At most this many rows, 1 to 1000. */
  readonly count: number;
  /** Newest first is `DESC`. */
  readonly direction: "ASC" | "DESC";
  /** Only calls that started at or after. */
  readonly from?: Instant;
  /** Only calls in which one of these extensions took part. */
  readonly extensions?: readonly string[];
  readonly id?: CallId;
}
