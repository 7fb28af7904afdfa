import type { CallId, TenantId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { historyView } from "./history-view.ts";
import type { HistoryRow } from "./types.ts";

const row = (start: string, answer: string | null, end: string | null): HistoryRow => ({
  id: "call_1" as CallId,
  tenant: "ten_1" as TenantId,
  start: instant(Date.parse(start)),
  answer: answer === null ? null : instant(Date.parse(answer)),
  end: end === null ? null : instant(Date.parse(end)),
  src: "101",
  dst: "102",
  fromName: "Ada",
  fromNumber: "101",
  toName: "Bruno",
  toNumber: "102",
  lastapp: "dial",
  lastdata: "102",
  channel: "SIP/101-0000002a",
  dstchannel: "SIP/102-0000002b",
  billsec: 2,
  duration: 5,
  disposition: "ANSWERED",
  type: "call",
  userfield: "",
  cost: 0,
  cause: 16,
  sipStatus: 200,
  endedBy: "caller",
  quality: {},
});

test("times are the tenant's wall clock, with the offset of that day", () => {
  const winter = historyView(
    row("2026-01-31T22:59:58Z", "2026-01-31T23:00:01Z", "2026-01-31T23:00:03Z"),
    "Europe/Rome",
  );
  expect(winter).toMatchObject({
    start: "2026-01-31 23:59:58",
    answer: "2026-02-01 00:00:01",
    end: "2026-02-01 00:00:03",
    timezone: "+0100",
  });
  expect(historyView(row("2026-07-31T22:00:00Z", null, null), "Europe/Rome")).toMatchObject({
    start: "2026-08-01 00:00:00",
    answer: null,
    end: null,
    timezone: "+0200",
  });
  expect(historyView(row("2026-07-31T22:00:00Z", null, null), "America/St_Johns").timezone).toBe("-0230");
  expect(historyView(row("2026-07-31T22:00:00Z", null, null), "Asia/Kathmandu").timezone).toBe("+0545");
});

test("a call over the hour that clocks skip or double shows what they showed, with the offset of its start", () => {
  const spring = historyView(
    row("2026-03-29T00:59:58Z", "2026-03-29T01:00:01Z", "2026-03-29T01:20:00Z"),
    "Europe/Rome",
  );
  expect(spring).toMatchObject({
    start: "2026-03-29 01:59:58",
    answer: "2026-03-29 03:00:01",
    end: "2026-03-29 03:20:00",
    timezone: "+0100",
  });
  const lordHowe = historyView(row("2026-10-03T15:29:59Z", "2026-10-03T15:30:00Z", null), "Australia/Lord_Howe");
  expect(lordHowe).toMatchObject({ start: "2026-10-04 01:59:59", answer: "2026-10-04 02:30:00", timezone: "+1030" });
});

test("the fields have the names that programs of this field know, in one order", () => {
  expect(Object.keys(historyView(row("2026-01-31T22:59:58Z", null, null), "UTC")).slice(0, 22)).toEqual([
    ...["id", "start", "answer", "end", "billsec", "disposition", "duration", "timezone", "src", "dst"],
    ...["from_name", "from_number", "to_name", "to_number", "type", "lastapp", "lastdata", "userfield", "faxdata"],
    ...["cost", "channel", "dstchannel"],
  ]);
});
