import type { Instant } from "@cordboard/kernel";
import type { HistoryRow, OpenRow, RowEnd } from "./types.ts";

/** The complete row of an ended call, from its two halves. */
export function wholeRow(opened: OpenRow, end: RowEnd): HistoryRow {
  return {
    ...opened,
    ...end,
    type: "call",
    billsec: end.answer === null ? 0 : wholeSeconds(end.answer, end.end),
    duration: wholeSeconds(opened.start, end.end),
    userfield: "",
    cost: 0,
  };
}

/** Whole seconds between two moments, never negative: the wall clock may have been set back meanwhile. */
export const wholeSeconds = (from: Instant, to: Instant): number => Math.max(0, Math.floor((to - from) / 1000));
