import type { CallId, Instant, TenantId } from "@cordboard/kernel";
import type { LegQuality } from "../media/index.ts";

/** How a call ended, in the words that every face's history shows. */
export type HistoryDisposition = "ANSWERED" | "NO ANSWER" | "BUSY" | "FAILED";

/** A call's row while it is up. */
export interface OpenRow {
  readonly id: CallId;
  readonly tenant: TenantId;
  readonly start: Instant;
  readonly src: string;
  readonly dst: string;
  readonly fromName: string;
  readonly fromNumber: string;
  readonly toName: string;
  readonly toNumber: string;
  /** What the call was for: `dial`, `echo`, `music`, `originate`. */
  readonly lastapp: string;
  readonly lastdata: string;
  /** `SIP/<ext>-<8 hex>`: the caller's leg in the words of older programs. */
  readonly channel: string;
}

/** What is added when a call ends. */
export interface RowEnd {
  readonly id: CallId;
  readonly tenant: TenantId;
  readonly answer: Instant | null;
  readonly end: Instant;
  readonly disposition: HistoryDisposition;
  readonly lastapp: string;
  readonly dstchannel: string;
  /** Q.850 cause of the end. */
  readonly cause: number;
  /** SIP status of the end, 200 for a normal clearing. */
  readonly sipStatus: number;
  /** Who ended it. */
  readonly endedBy: string;
  /** Sound figures of the legs, by leg id. */
  readonly quality: Readonly<Record<string, LegQuality>>;
}

/** A row as it is read; times are null while they have not come. */
export interface HistoryRow extends OpenRow {
  readonly answer: Instant | null;
  readonly end: Instant | null;
  /** Seconds from answer to end, whole, 0 when never answered. */
  readonly billsec: number;
  /** Seconds from start to end, whole. */
  readonly duration: number;
  readonly disposition: HistoryDisposition | null;
  readonly type: "call";
  readonly dstchannel: string;
  readonly userfield: string;
  readonly cost: number;
  readonly cause: number | null;
  readonly sipStatus: number | null;
  readonly endedBy: string | null;
  readonly quality: Readonly<Record<string, LegQuality>>;
}
