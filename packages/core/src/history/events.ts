import type { CallId } from "@cordboard/kernel";
import type { HistoryView } from "./history-view.ts";

/** The data of events about the book of calls, by wire name. */
export interface HistoryEventData {
  readonly "history.recorded.v1": {
    readonly call: CallId;
    readonly row: HistoryView;
    /** Extensions that took part: they may see the row. */
    readonly extensions: readonly string[];
  };
}
