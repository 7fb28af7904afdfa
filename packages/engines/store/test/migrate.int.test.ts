import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { randomHex } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import type { TestServer } from "@cordboard/testkit/database";
import { useTestServer } from "@cordboard/testkit/database";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { migrate, readMigrations } from "../src/database/migrate.ts";
import { openDatabase } from "../src/index.ts";

let server: TestServer;
let name: string;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  server = await useTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  name = `migrate_${randomHex(machine.random, 6)}`;
  await administer(`create database ${name}`);
  pool = new pg.Pool({ connectionString: server.urlOf(name) });
  // Its last connections are cut when the database is dropped.
  pool.on("error", () => {});
  folder = await mkdtemp(join(tmpdir(), "cordboard-test-"));
});
afterEach(async () => {
  await pool.end();
  await administer(`drop database ${name} with (force)`);
  await rm(folder, { recursive: true });
});

async function administer(statement: string): Promise<void> {
  const admin = new pg.Client(server.urlOf("postgres"));
  await admin.connect();
  await admin.query(statement).finally(() => admin.end());
}

/** Writes numbered files, and brings the database to them. */
async function apply(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, sql] of Object.entries(files)) await writeFile(join(folder, file), sql);
  const migrations = await readMigrations(pathToFileURL(`${folder}/`), machine.hash);
  await migrate(pool, { migrations, log: machine.log });
}

const open = (url = server.urlOf(name)) => openDatabase({ ...machine, url, dataFolder: "", dbUser: "nobody" });
const tables = async (): Promise<readonly string[]> => {
  const { rows } = await pool.query("select tablename from pg_tables where schemaname = 'public' order by 1");
  return rows.map(({ tablename }) => tablename);
};
const one = { "0001-one.sql": "create table one ()" };

test("steps are applied in order, each once, also by two servers at once", async () => {
  const two = { "0002-two.sql": "create table two (); insert into counted values (2)" };
  await apply({ "0001-one.sql": "create table counted (number integer)" });
  await Promise.all([apply(two), apply(two), apply(two)]);
  expect((await pool.query("select number from counted")).rows).toEqual([{ number: 2 }]);
  const { rows } = await pool.query("select number, name from schema_migrations order by number");
  expect(rows).toEqual([
    { number: 1, name: "0001-one.sql" },
    { number: 2, name: "0002-two.sql" },
  ]);
});

test("a second server waits until the first has brought the schema forward", async () => {
  await apply(one);
  const gate = await pool.connect();
  await gate.query("select pg_advisory_lock(1)");
  const slow = { "0002-slow.sql": "create table slow (); select pg_advisory_xact_lock(1)" };
  const both = Promise.all([apply(slow), apply(slow)]);
  const stuck = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  const areStuck = async (): Promise<void> => expect((await gate.query(stuck)).rowCount).toBe(2);
  await Promise.race([both, vi.waitFor(areStuck, { timeout: 10_000, interval: 10 })]);
  await gate.query("select pg_advisory_unlock(1)");
  gate.release();
  await both;
  expect(await tables()).toEqual(["one", "schema_migrations", "slow"]);
});

test("a step that fails leaves nothing, and those before it stay", async () => {
  const bad = { "0002-bad.sql": "create table two (); select 1 / 0" };
  await expect(apply({ ...one, ...bad })).rejects.toMatchObject({
    code: "internal",
    message: "migration 0002-bad.sql failed",
  });
  expect(await tables()).toEqual(["one", "schema_migrations"]);
  await apply({ "0002-bad.sql": "create table two ()" });
  expect(await tables()).toEqual(["one", "schema_migrations", "two"]);
});

test("a step that was changed after it was applied is refused, and so is what comes after it", async () => {
  await apply(one);
  const changed = { "0001-one.sql": "create table other ()", "0002-two.sql": "create table two ()" };
  await expect(apply(changed)).rejects.toMatchObject({
    code: "internal",
    message: expect.stringContaining("0001-one.sql"),
  });
  expect(await tables()).toEqual(["one", "schema_migrations"]);
});

test("line endings do not change a step", async () => {
  await apply({ "0001-one.sql": "create table one\n()" });
  await apply({ "0001-one.sql": "create table one\r\n()" });
});

test("a schema of a newer program is refused", async () => {
  await apply({ ...one, "0002-two.sql": "create table two ()" });
  await rm(join(folder, "0002-two.sql"));
  await expect(apply({})).rejects.toMatchObject({
    code: "schema-newer",
    message: expect.stringMatching(/0002-two\.sql.*0001-one\.sql/),
  });
});

test.each([
  { name: "a gap", file: "0003-three.sql" },
  { name: "no number", file: "three.sql" },
  { name: "a number twice", file: "0001-again.sql" },
])("$name among the files is refused", async ({ file }) => {
  await expect(apply({ ...one, [file]: "select 1" })).rejects.toMatchObject({ code: "internal" });
});

test("our own schema is refused when it is newer, and when it was tampered with", async () => {
  await (await open()).stop();
  await pool.query("insert into schema_migrations (number, name, checksum) values (9999, '9999-next.sql', '')");
  await expect(open()).rejects.toMatchObject({ code: "schema-newer" });
  await pool.query("delete from schema_migrations where number = 9999");
  await (await open()).stop();
  await pool.query("update schema_migrations set checksum = 'x' where number = 1");
  await expect(open()).rejects.toMatchObject({ code: "internal" });
});

test("a URL that names no database, and one where nobody answers, are told apart", async () => {
  await expect(open("mysql://localhost/x")).rejects.toMatchObject({ code: "bad-settings" });
  await expect(open(`postgresql://u:p@/x?host=${encodeURIComponent(folder)}`)).rejects.toMatchObject({
    code: "database-unavailable",
  });
});
