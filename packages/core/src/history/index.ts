export type { HistoryEventData } from "./events.ts";
export type { HistoryView } from "./history-view.ts";
export { historyView } from "./history-view.ts";
export type { HistoryBook, HistoryQuery, Kept } from "./ports.ts";
export type {
  HistoryDisposition,
  HistoryRow,
  OpenRow,
  RowEnd,
} from "./types.ts";
export { wholeRow, wholeSeconds } from "./whole-row.ts";
