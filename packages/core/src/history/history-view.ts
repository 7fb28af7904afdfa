import type { CallId, Instant } from "@cordboard/kernel";
import { instant, isoText } from "@cordboard/kernel";
import { Temporal } from "temporal-polyfill";
import type { LegQuality } from "../media/index.ts";
import type { HistoryDisposition, HistoryRow } from "./types.ts";

/**
 * A row of the history as every face shows it: the names of fields are those that programs of this field know, times are the
 * tenant's wall clock, `YYYY-MM-DD HH:MM:SS`, with the zone's offset at the start beside them.
 */
export interface HistoryView {
  readonly id: CallId;
  readonly start: string;
  readonly answer: string | null;
  readonly end: string | null;
  /** Seconds talked. */
  readonly billsec: number;
  /** Null while the call is up. */
  readonly disposition: HistoryDisposition | null;
  /** Seconds from start to end. */
  readonly duration: number;
  /** Offset of the tenant's zone at the start, as in `+0100`. */
  readonly timezone: string;
  readonly src: string;
  readonly dst: string;
  readonly from_name: string;
  readonly from_number: string;
  readonly to_name: string;
  readonly to_number: string;
  readonly type: "call";
  readonly lastapp: string;
  readonly lastdata: string;
  readonly userfield: string;
  readonly faxdata: string;
  readonly cost: number;
  readonly channel: string;
  readonly dstchannel: string;
  /** Q.850 cause of the end. */
  readonly cause: number | null;
  readonly sip_status: number | null;
  readonly ended_by: string | null;
  /** Sound figures of the legs, by leg id. */
  readonly quality: Readonly<Record<string, LegQuality>>;
}

/** The row in the form that the outside sees; `timeZone` is the tenant's IANA zone. */
export function historyView(row: HistoryRow, timeZone: string): HistoryView {
  const offsetAt = offsetsOf(timeZone);
  const wall = (at: Instant | null): string | null => (at === null ? null : wallTime(at, offsetAt(at)));
  return {
    id: row.id,
    start: wallTime(row.start, offsetAt(row.start)),
    answer: wall(row.answer),
    end: wall(row.end),
    billsec: row.billsec,
    disposition: row.disposition,
    duration: row.duration,
    timezone: offsetText(offsetAt(row.start)),
    src: row.src,
    dst: row.dst,
    from_name: row.fromName,
    from_number: row.fromNumber,
    to_name: row.toName,
    to_number: row.toNumber,
    type: row.type,
    lastapp: row.lastapp,
    lastdata: row.lastdata,
    userfield: row.userfield,
    faxdata: "",
    cost: row.cost,
    channel: row.channel,
    dstchannel: row.dstchannel,
    cause: row.cause,
    sip_status: row.sipStatus,
    ended_by: row.endedBy,
    quality: row.quality,
  };
}

/** Offsets of zones change at whole quarters of an hour. */
const QUARTER_MS = 900_000;

/** The offset of a zone in milliseconds, asked for once each quarter of an hour: the zone's rules take long to look up. */
function offsetsOf(timeZone: string): (at: Instant) => number {
  let known: number | undefined;
  let offsetMs = 0;
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    if (quarter !== known) {
      offsetMs = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;
      known = quarter;
    }
    return offsetMs;
  };
}

/** Shifted by the offset, an instant's text in UTC is what the zone's clocks show. */
const wallTime = (at: Instant, offsetMs: number): string =>
  isoText(instant(at + offsetMs))
    .slice(0, 19)
    .replace("T", " ");

/** As in `+0100`. */
function offsetText(offsetMs: number): string {
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000);
  const two = (count: number): string => String(count).padStart(2, "0");
  return `${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}
