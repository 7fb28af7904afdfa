import { mkdir, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TenantId } from "@cordboard/kernel";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder, postmastersOf } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Database } from "../src/index.ts";
import { openDatabase, openHistoryBook } from "../src/index.ts";
import { lives, runOwner } from "./processes.ts";
import { aCall } from "./scene.ts";

const tenant = "ten_kill" as TenantId;
const wait = { timeout: 20_000, interval: 10 };

let folder: TestFolder;
let opened: Database[];
beforeEach(async () => {
  folder = await makeTestFolder();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((database) => database.stop()));
  await folder.remove();
});

/** Opens the database of the test's data folder; without care for power cuts, which is faster, unless they matter. */
async function open(isDurable = false): Promise<Database> {
  const dataFolder = join(folder.path, "data");
  const database = await openDatabase({ ...machine, dataFolder, dbUser: "nobody", isDurable });
  opened.push(database);
  return database;
}

/** The one postmaster of the cluster; fails when there is none or a second. */
async function postmasterOf(cluster: string): Promise<number> {
  const found = await postmastersOf(cluster);
  expect(found).toHaveLength(1);
  return found[0] ?? 0;
}

const clusterIn = (dataFolder: string): string => join(dataFolder, "postgres");

test("what was stored is there after a stop, and a stopped database leaves no process", async () => {
  const first = await open();
  await first.pool.query("create table kept as select 42 as answer");
  await first.stop();
  expect(first.state()).toBe("down");
  expect(await postmastersOf(first.cluster ?? "")).toEqual([]);
  const second = await open();
  expect((await second.pool.query("select answer from kept")).rows).toEqual([{ answer: 42 }]);
});

test("the database is durable, checks its pages, takes only passwords, and listens on no network address", async () => {
  const { pool } = await open(true);
  const wanted = {
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    data_checksums: "on",
    listen_addresses: "",
    password_encryption: "scram-sha-256",
    unix_socket_permissions: "0700",
  };
  const names = Object.keys(wanted);
  const { rows } = await pool.query("select name, setting from pg_settings where name = any($1)", [names]);
  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual(wanted);
  const rules = await pool.query("select type, auth_method from pg_hba_file_rules");
  const ways = new Set(rules.rows.map(({ type, auth_method }) => `${type} ${auth_method}`));
  expect(ways).toEqual(new Set(["local scram-sha-256", "host reject"]));
});

test("when postgres is killed in the middle of commits, no acknowledged row is lost, and it is back by itself", async () => {
  const database = await open(true);
  const book = openHistoryBook({ database, clock: machine.clock, log: machine.log });
  const acknowledged: string[] = [];
  const states: string[] = [];
  database.onState((state) => states.push(state));
  for (let round = 0; round < 3; round++) {
    // Each writes until the outage: then its row waits in memory.
    const writers = Array.from({ length: 6 }, async () => {
      for (let kept = "committed"; kept === "committed"; ) {
        const call = aCall(tenant);
        kept = await book.open(call);
        acknowledged.push(call.id);
      }
    });
    const target = acknowledged.length + 300;
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(target), wait);
    const killed = await postmasterOf(database.cluster ?? "");
    process.kill(killed, "SIGKILL");
    await Promise.all(writers);
    await vi.waitFor(() => expect(states).toContain("starting"), wait);
    await vi.waitFor(() => expect([database.state(), book.state()]).toEqual(["up", "committing"]), wait);
    expect(await postmasterOf(database.cluster ?? "")).not.toBe(killed);
    states.length = 0;
  }
  expect(await book.finish()).toBe(0);
  const { rows } = await database.pool.query("select call_id from history");
  const kept = new Set(rows.map(({ call_id }) => call_id));
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
});

test("when its watchdog is killed, the database is stopped and started again, and never runs twice", async () => {
  const database = await open();
  const cluster = database.cluster ?? "";
  const before = await postmasterOf(cluster);
  const stat = await readFile(`/proc/${before}/stat`, "utf8");
  const watchdog = Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]);
  process.kill(watchdog, "SIGKILL");
  await vi.waitFor(async () => expect(await lives(before)).toBe(false), wait);
  // It counts as up until its end is noticed: another one has to be there first.
  await vi.waitFor(async () => expect(await postmasterOf(cluster)).not.toBe(before), wait);
  await vi.waitFor(() => expect(database.state()).toBe("up"), wait);
  await database.pool.query("select 1");
});

test("a stop in the middle of a restart leaves no process", async () => {
  const database = await open();
  process.kill(await postmasterOf(database.cluster ?? ""), "SIGKILL");
  await vi.waitFor(() => expect(database.state()).not.toBe("up"), wait);
  await database.stop();
  expect(await postmastersOf(database.cluster ?? "")).toEqual([]);
});

test("when the server is killed, the database ends, and the next start works", async () => {
  const dataFolder = join(folder.path, "data");
  const owner = runOwner(dataFolder);
  expect(await owner.line()).toBe("ready");
  const postmaster = await postmasterOf(clusterIn(dataFolder));
  owner.signal("SIGKILL");
  await owner.ended;
  await vi.waitFor(async () => expect(await lives(postmaster)).toBe(false), wait);
  const next = runOwner(dataFolder);
  expect(await next.line()).toBe("ready");
  await postmasterOf(clusterIn(dataFolder));
  next.signal("SIGTERM");
  await next.ended;
  expect(await postmastersOf(clusterIn(dataFolder))).toEqual([]);
});

test("a server started at once after a kill has one postmaster, whatever the old one is doing", async () => {
  const dataFolder = join(folder.path, "data");
  let owner = runOwner(dataFolder);
  expect(await owner.line()).toBe("ready");
  for (let round = 0; round < 4; round++) {
    const postmaster = await postmasterOf(clusterIn(dataFolder));
    // Every second round the old postmaster is frozen, so that its watchdog's signal is of no use yet.
    if (round % 2 === 1) process.kill(postmaster, "SIGSTOP");
    owner.signal("SIGKILL");
    await owner.ended;
    owner = runOwner(dataFolder);
    if (round % 2 === 1) process.kill(postmaster, "SIGCONT");
    expect(await owner.line()).toBe("ready");
    expect(await postmasterOf(clusterIn(dataFolder))).not.toBe(postmaster);
  }
  owner.signal("SIGTERM");
  await owner.ended;
});

test("Ctrl-C reaches the server, and not the database, which goes on until the server stops it", async () => {
  const dataFolder = join(folder.path, "data");
  const owner = runOwner(dataFolder);
  expect(await owner.line()).toBe("ready");
  owner.signal("SIGINT", "group");
  expect(await owner.line()).toBe("answers");
  owner.signal("SIGTERM");
  await owner.ended;
  expect(await postmastersOf(clusterIn(dataFolder))).toEqual([]);
});

test("a data folder with a long path works, and its links do not pile up", async () => {
  const dataFolder = join(folder.path, "a".repeat(60), "b".repeat(60), "data");
  const links = async (): Promise<number> => {
    const names = (await readdir(tmpdir())).filter((name) => name.startsWith("cordboard-socket-"));
    const targets = await Promise.all(names.map((name) => readlink(join(tmpdir(), name, "d")).catch(() => "")));
    return targets.filter((target) => target === clusterIn(dataFolder)).length;
  };
  const owner = runOwner(dataFolder);
  expect(await owner.line()).toBe("ready");
  expect(await links()).toBe(1);
  owner.signal("SIGKILL");
  await owner.ended;
  const next = runOwner(dataFolder);
  expect(await next.line()).toBe("ready");
  expect(await links()).toBe(1);
  next.signal("SIGTERM");
  await next.ended;
  expect(await links()).toBe(0);
});

test("a database of another major version stops the start, which names the way out", async () => {
  const first = await open();
  const cluster = first.cluster ?? "";
  await first.stop();
  await writeFile(join(cluster, "PG_VERSION"), "17\n");
  await expect(open()).rejects.toMatchObject({
    code: "database-version",
    message: expect.stringMatching(/PostgreSQL 17.*backup.*restore/),
  });
});

test("a start that was killed while it made the database is made good by the next", async () => {
  const dataFolder = join(folder.path, "data");
  const owner = runOwner(dataFolder);
  const begun = (name: string) => name.startsWith("postgres.new-");
  await vi.waitFor(async () => expect((await readdir(dataFolder)).some(begun)).toBe(true), wait);
  owner.signal("SIGKILL");
  await owner.ended;
  const next = runOwner(dataFolder);
  expect(await next.line()).toBe("ready");
  expect((await readdir(dataFolder)).toSorted()).toEqual(["database-password", "lock", "postgres"]);
  next.signal("SIGTERM");
  await next.ended;
});

test("a lost password is said at once", async () => {
  const first = await open();
  await first.stop();
  await rm(join(folder.path, "data", "database-password"));
  await expect(open()).rejects.toMatchObject({
    code: "database-unavailable",
    message: expect.stringContaining("password"),
  });
  expect(await postmastersOf(first.cluster ?? "")).toEqual([]);
});

test("folders that are no database are left alone", async () => {
  const dataFolder = join(folder.path, "data");
  await mkdir(join(dataFolder, "postgres"), { recursive: true });
  await writeFile(join(dataFolder, "postgres", "mine"), "precious");
  await expect(open()).rejects.toMatchObject({
    code: "database-unavailable",
    message: expect.stringContaining("in the way"),
  });
  expect(await readdir(join(dataFolder, "postgres"))).toEqual(["mine"]);
});
