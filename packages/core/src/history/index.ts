export type { HistoryEventData } from "./events.ts";
export type { HistoryBook, HistoryQuery, Kept } from "./ports.ts";
export type {
  HistoryDisposition,
  HistoryRow,
  OpenRow,
  RowEnd,
} from "./types.ts";
export { wholeRow, wholeSeconds } from "./whole-row.ts";
