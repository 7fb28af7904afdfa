import type { CallId } from "@cordboard/kernel";
import type { HistoryRow } from "./types.ts";

/** The data of events about the book of calls, by wire name. */
export interface HistoryEventData {
  readonly "history.recorded.v1": {
    readonly call: CallId;
    readonly row: HistoryRow;
    /** Extensions that took part: they may see the row. */
    readonly extensions: readonly string[];
  };
}
