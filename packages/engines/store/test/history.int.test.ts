import type { OpenRow, RowEnd } from "@cordboard/core";
import type { CallId, TenantId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import type { TestDatabase } from "@cordboard/testkit/database";
import { startTestDatabase } from "@cordboard/testkit/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHistoryBook } from "../src/index.ts";

let test_: TestDatabase;
beforeAll(async () => {
  test_ = await startTestDatabase();
});
afterAll(() => test_.stop());

const t = "ten_1" as TenantId;
const row: OpenRow = {
  id: "call_1" as CallId,
  tenant: t,
  start: instant(1000),
  src: "101",
  dst: "102",
  fromName: "A",
  fromNumber: "101",
  toName: "B",
  toNumber: "102",
  lastapp: "dial",
  lastdata: "",
  channel: "SIP/101-00000001",
};
test("a call is opened, answered and closed", async () => {
  const book = openHistoryBook({ database: test_.database, ...machine });
  expect(await book.open(row)).toBe("committed");
  book.answered(t, row.id, instant(2500), "SIP/102-00000002");
  const end: RowEnd = {
    id: row.id,
    tenant: t,
    answer: instant(2500),
    end: instant(9000),
    disposition: "ANSWERED",
    lastapp: "dial",
    dstchannel: "SIP/102-00000002",
    cause: 16,
    sipStatus: 200,
    endedBy: "caller",
    quality: {},
  };
  expect(await book.close(end)).toBe("committed");
  expect(await book.list(t, { count: 10, direction: "DESC" })).toMatchObject([
    { id: "call_1", billsec: 6, duration: 8 },
  ]);
});
