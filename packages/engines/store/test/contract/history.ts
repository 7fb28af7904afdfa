import type { LegQuality } from "@cordboard/core";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { WRITE_ROWS } from "../../src/history/sql.ts";
import { openHistoryBook } from "../../src/index.ts";
import { aCall, itsEnd, later, makeTenant, morning, newConfig } from "../scene.ts";
import type { Databases } from "./databases.ts";

const everything = { count: 1000, direction: "ASC" } as const;

/** How the book of calls is kept and read. */
export function historyContract(databases: Databases): void {
  writing(databases);
  reading(databases);
  surviving(databases);
}

/** Books on a database, and tenants to keep them for. */
function booksOf({ database }: Databases) {
  const open = () => openHistoryBook({ database: database(), clock: machine.clock, log: machine.log });
  const tenantOf = async (domain: string) => (await makeTenant(newConfig(database()), domain)).id;
  return { open, tenantOf };
}

/** How a row comes about. */
function writing(databases: Databases): void {
  const { open, tenantOf } = booksOf(databases);
  test("a change looks its row up by the key, also before the table has statistics", async () => {
    const { rows } = await databases.database().promptPool.query(`explain ${WRITE_ROWS}`, ["[]", "[]"]);
    expect(JSON.stringify(rows)).toMatch(/Index Scan using history_pkey on history x/);
  });

  test("a call that was opened, answered and closed has every field of its row", async () => {
    const tenant = await tenantOf("fields.example");
    const book = open();
    const call = aCall(tenant, { lastdata: "102", fromName: 'Ada "the first"\n' });
    const sound: LegQuality = {
      codec: "PCMA",
      packetsSent: 3000,
      packetsReceived: 2999,
      packetsLost: 1,
      remoteLossRatio: 0.001,
      jitterMs: 1.5,
      roundTripMs: undefined,
      packetsForeign: 0,
      mos: 4.4,
    };
    expect(await book.open(call)).toBe("committed");
    book.answered(tenant, call.id, later(2_500), "SIP/102-0000000b");
    expect(await book.close(itsEnd(call, { quality: { leg_1: sound } }))).toBe("committed");
    expect(await book.list(tenant, everything)).toEqual([
      {
        ...call,
        answer: later(2_500),
        end: later(65_999),
        billsec: 63,
        duration: 65,
        disposition: "ANSWERED",
        type: "call",
        dstchannel: "SIP/102-0000000b",
        userfield: "",
        cost: 0,
        cause: 16,
        sipStatus: 200,
        endedBy: "caller",
        quality: { leg_1: sound },
      },
    ]);
  });

  test("a call that is up has no end yet", async () => {
    const tenant = await tenantOf("open.example");
    const book = open();
    const call = aCall(tenant);
    await book.open(call);
    const up = { answer: null, end: null, billsec: 0, duration: 0, disposition: null, cause: null, dstchannel: "" };
    expect(await book.list(tenant, everything)).toMatchObject([{ ...up, quality: {} }]);
  });

  test("a call that nobody answered has no answer, and its first end counts", async () => {
    const tenant = await tenantOf("busy.example");
    const book = open();
    const call = aCall(tenant);
    await book.open(call);
    await book.close(itsEnd(call, { answer: null, disposition: "BUSY", cause: 17, sipStatus: 486 }));
    await book.close(itsEnd(call));
    expect(await book.list(tenant, everything)).toMatchObject([{ answer: null, billsec: 0, disposition: "BUSY" }]);
  });

  test("a row is opened once, however often it is asked for", async () => {
    const tenant = await tenantOf("twice.example");
    const book = open();
    const call = aCall(tenant);
    await book.open(call);
    await book.close(itsEnd(call));
    await book.open({ ...call, dst: "999" });
    expect(await book.list(tenant, everything)).toMatchObject([{ dst: "102", disposition: "ANSWERED" }]);
  });

  test("whatever names phones send, the row is kept", async () => {
    const tenant = await tenantOf("names.example");
    const book = open();
    await book.open(aCall(tenant, { fromName: "zero \0 and half \ud800", toName: "☎ 世界" }));
    expect(await book.list(tenant, everything)).toMatchObject([
      { fromName: "zero  and half \ufffd", toName: "☎ 世界" },
    ]);
  });
}

/** How rows are listed. */
function reading(databases: Databases): void {
  const { open, tenantOf } = booksOf(databases);
  test("rows are listed newest or oldest first, from a moment, at most so many", async () => {
    const tenant = await tenantOf("order.example");
    const book = open();
    const calls = [0, 1, 2, 3].map((second) => aCall(tenant, { start: later(second * 1000) }));
    await Promise.all(calls.map((call) => book.open(call)));
    const ids = calls.map(({ id }) => id);
    const listed = async (query: Partial<Parameters<typeof book.list>[1]>) =>
      (await book.list(tenant, { ...everything, ...query })).map(({ id }) => id);
    expect(await listed({})).toEqual(ids);
    expect(await listed({ direction: "DESC", count: 2 })).toEqual(ids.toReversed().slice(0, 2));
    expect(await listed({ from: later(2_000) })).toEqual(ids.slice(2));
    expect(await listed({ count: 0 })).toEqual(ids.slice(0, 1));
    const [, , third] = ids;
    expect(await listed(third === undefined ? {} : { id: third })).toEqual([third]);
  });

  test("rows of an extension are those in which it took part, on either side and behind a group's number", async () => {
    const tenant = await tenantOf("part.example");
    const book = open();
    const byNumber = aCall(tenant, { src: "201", dst: "101", channel: "SIP/201-00000001" });
    const byCaller = aCall(tenant, { src: "101", dst: "202", channel: "SIP/101-00000002" });
    const byGroup = aCall(tenant, { src: "202", dst: "1", channel: "SIP/202-00000003" });
    const other = aCall(tenant, { src: "1010", dst: "203", channel: "SIP/1010-00000004" });
    for (const call of [byNumber, byCaller, byGroup, other]) await book.open(call);
    await book.close(itsEnd(byGroup, { dstchannel: "SIP/101-00000005" }));
    const listed = await book.list(tenant, { ...everything, extensions: ["101"] });
    expect(listed.map(({ id }) => id).toSorted()).toEqual([byNumber, byCaller, byGroup].map(({ id }) => id).toSorted());
    expect(await book.list(tenant, { ...everything, extensions: [] })).toEqual([]);
    expect(await book.list(tenant, { ...everything, extensions: ["203", "nobody"] })).toHaveLength(1);
  });
}

/** What a crash leaves, and what a crowd does. */
function surviving(databases: Databases): void {
  const { reopen } = databases;
  const { open, tenantOf } = booksOf(databases);
  test("what a crash left open ends at its last touch, as interrupted", async () => {
    const tenant = await tenantOf("crash.example");
    const book = open();
    const [ringing, talking, over] = [aCall(tenant), aCall(tenant), aCall(tenant)];
    for (const call of [ringing, talking, over]) await book.open(call);
    book.answered(tenant, talking.id, later(3_000), "SIP/102-00000001");
    book.touch([ringing, talking], later(10_000));
    await book.close(itsEnd(over));
    await book.finish();
    const again = openHistoryBook({ database: await reopen(), ...machine });
    expect(await again.interruptOpen()).toBeGreaterThanOrEqual(2);
    const rows = await again.list(tenant, everything);
    const cut = { end: later(10_000), lastapp: "interrupted", duration: 10 };
    const rowOf = (id: string) => rows.find((row) => row.id === id);
    expect(rowOf(ringing.id)).toMatchObject({ ...cut, answer: null, billsec: 0, disposition: "FAILED" });
    expect(rowOf(talking.id)).toMatchObject({ ...cut, answer: later(3_000), billsec: 7, disposition: "ANSWERED" });
    expect(rowOf(over.id)).toMatchObject({ end: later(65_999), lastapp: "dial" });
    expect(await again.interruptOpen()).toBe(0);
  });

  test("a call that was answered after its last touch ends no earlier than its answer", async () => {
    const tenant = await tenantOf("late-answer.example");
    const book = open();
    const call = aCall(tenant);
    await book.open(call);
    book.answered(tenant, call.id, later(9_000), "SIP/102-00000001");
    await book.finish();
    const again = open();
    await again.interruptOpen();
    expect(await again.list(tenant, everything)).toMatchObject([{ start: morning, end: later(9_000), billsec: 0 }]);
  });

  test("hundreds of calls at once share commits and lose nothing", async () => {
    const tenant = await tenantOf("hundreds.example");
    const book = open();
    const calls = Array.from({ length: 900 }, () => aCall(tenant));
    const kept = await Promise.all(
      calls.map(async (call) => {
        await book.open(call);
        book.answered(tenant, call.id, later(1_000), "SIP/102-00000001");
        return book.close(itsEnd(call));
      }),
    );
    expect(new Set(kept)).toEqual(new Set(["committed"]));
    const rows = await book.list(tenant, everything);
    expect(rows).toHaveLength(900);
    expect(rows.every((row) => row.disposition === "ANSWERED")).toBe(true);
  });
}
