import { inspect } from "node:util";
import type { Log, LogFields, TenantId } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import type { TestDatabase, TestServer } from "@cordboard/testkit/database";
import { useTestServer } from "@cordboard/testkit/database";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openContactStore, openDatabase, openHistoryBook } from "../src/index.ts";
import { aCall, itsEnd, later, makeTenant, makeUser, newConfig, newDeviceId, setClock } from "./scene.ts";

const tenant = "ten_outage" as TenantId;
const wait = { timeout: 20_000, interval: 10 };
const everything = { count: 1000, direction: "ASC" } as const;

let server: TestServer;
let clone: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  server = await useTestServer();
  admin = new pg.Client(server.urlOf("postgres"));
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});
beforeEach(async () => {
  clone = await server.clone();
});
afterEach(() => clone.stop());

const nameOf = (): string => new URL(clone.url.replace("@/", "@localhost/")).pathname.slice(1);

/** Cuts all connections and lets no new one in. */
async function cut(): Promise<void> {
  await admin.query(`alter database ${nameOf()} with allow_connections false`);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [nameOf()]);
  await vi.waitFor(() => expect(clone.database.state()).toBe("down"), wait);
}

/** Lets connections in again. */
async function mend(): Promise<void> {
  await admin.query(`alter database ${nameOf()} with allow_connections true`);
  await vi.waitFor(() => expect(clone.database.state()).toBe("up"), wait);
}

test("calls of an outage are kept in memory, and in the book when it is over", async () => {
  const clock = setClock();
  const book = openHistoryBook({ database: clone.database, clock, log: machine.log });
  const [before, during, whole] = [aCall(tenant), aCall(tenant), aCall(tenant)];
  expect(await book.open(before)).toBe("committed");
  await cut();
  expect(await book.open(during)).toBe("spooled");
  expect(book.state()).toBe("spooling");
  expect(await book.open(whole)).toBe("spooled");
  book.answered(tenant, whole.id, later(2_500), "SIP/102-0000000b");
  expect(await book.close(itsEnd(whole))).toBe("spooled");
  expect(await book.close(itsEnd(before))).toBe("spooled");
  book.touch([before, during], later(10_000));
  await mend();
  await vi.waitFor(() => expect([book.state(), book.waiting()]).toEqual(["committing", 0]), wait);
  const rows = new Map((await book.list(tenant, everything)).map((row) => [row.id, row]));
  expect(rows.get(before.id)).toMatchObject({ disposition: "ANSWERED", end: later(65_999) });
  expect(rows.get(during.id)).toMatchObject({ disposition: null, end: null });
  expect(rows.get(whole.id)).toMatchObject({ disposition: "ANSWERED", answer: later(2_500) });
  await book.finish();
});

test("what is logged in an outage does not hold the database's password", async () => {
  const lines: string[] = [];
  const note = (message: string, fields?: LogFields) => lines.push(inspect({ message, fields }, { depth: 9 }));
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const database = await openDatabase({ ...machine, log, url: clone.url, dataFolder: "", dbUser: "nobody" });
  const book = openHistoryBook({ database, clock: machine.clock, log });
  await book.open(aCall(tenant));
  await cut();
  await book.open(aCall(tenant));
  await book.finish();
  await database.stop();
  await mend();
  expect(lines.join()).toContain("they wait in memory");
  expect(lines.join()).not.toContain(new URL(clone.url.replace("@/", "@localhost/")).password);
});

test("after 60 s of outage calls are refused, those that run may end, and after it all goes on", async () => {
  const clock = setClock();
  const book = openHistoryBook({ database: clone.database, clock, log: machine.log });
  const running = aCall(tenant);
  await cut();
  expect(await book.open(running)).toBe("spooled");
  clock.pass(60_000);
  expect(book.state()).toBe("away");
  await expect(book.open(aCall(tenant))).rejects.toMatchObject({ code: "database-unavailable" });
  expect(await book.close(itsEnd(running))).toBe("spooled");
  await mend();
  await vi.waitFor(() => expect(book.state()).toBe("committing"), wait);
  expect(await book.open(aCall(tenant))).toBe("committed");
  expect(await book.list(tenant, everything)).toHaveLength(2);
  await book.finish();
});

test("a group whose commit was not acknowledged may be written again, and changes nothing", async () => {
  const book = openHistoryBook({ database: clone.database, clock: machine.clock, log: machine.log });
  const call = aCall(tenant);
  await book.open(call);
  await book.close(itsEnd(call));
  const before = await book.list(tenant, everything);
  await book.open(call);
  await book.close(itsEnd(call));
  expect(await book.list(tenant, everything)).toEqual(before);
  await book.finish();
});

test("registrations of an outage are said not to be committed, and their last state is saved after it", async () => {
  const config = newConfig(clone.database);
  const { id } = await makeTenant(config, "outage.example");
  const user = await makeUser(config, id, "101");
  const contact = () => ({
    tenant: id,
    user,
    aor: "sip:101@a",
    device: newDeviceId(),
    binding: {},
    expiresAt: later(60_000),
  });
  const store = openContactStore({ database: clone.database, clock: setClock(), log: machine.log });
  await store.save(id, "sip:101@a", [contact()]);
  await cut();
  const last = contact();
  await expect(store.save(id, "sip:101@a", [contact()])).rejects.toMatchObject({ code: "database-unavailable" });
  await expect(store.save(id, "sip:101@a", [last])).rejects.toMatchObject({ code: "database-unavailable" });
  await mend();
  await vi.waitFor(async () => expect(await store.load()).toEqual([last]), wait);
  await store.finish();
});

test("a connection that breaks while it is lent out does no harm but to whoever has it", async () => {
  const client = await clone.database.pool.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const ended = new Promise((done) => client.once("end", done));
  await admin.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  await ended;
  await expect(client.query("select 1")).rejects.toThrow();
  client.release(true);
  expect((await clone.database.pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("a database that hangs is taken for one that is away", async () => {
  const book = openHistoryBook({ database: clone.database, clock: machine.clock, log: machine.log });
  const blocker = new pg.Client(clone.url);
  await blocker.connect();
  await blocker.query("begin; lock table history in access exclusive mode");
  const call = aCall(tenant);
  expect(await book.open(call)).toBe("spooled");
  await blocker.query("rollback");
  await blocker.end();
  await vi.waitFor(() => expect(book.state()).toBe("committing"), wait);
  expect(await book.list(tenant, everything)).toMatchObject([{ id: call.id }]);
  await book.finish();
});
