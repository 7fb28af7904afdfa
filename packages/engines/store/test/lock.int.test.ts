import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder, postmastersOf } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DataFolderLock } from "../src/index.ts";
import { lockDataFolder } from "../src/index.ts";
import { incarnationOf } from "../src/processes.ts";
import { runOwner } from "./processes.ts";

let folder: TestFolder;
beforeEach(async () => {
  folder = await makeTestFolder();
});
afterEach(() => folder.remove());

const dataFolder = (): string => join(folder.path, "data");
const lock = (purpose = "test"): Promise<DataFolderLock> =>
  lockDataFolder({ ...machine, dataFolder: dataFolder(), purpose });

/** Writes a lock as if another process had taken it. */
async function pretend(holder: { readonly pid: number; readonly incarnation: string }): Promise<void> {
  await mkdir(join(dataFolder(), "lock"), { recursive: true });
  const text = JSON.stringify({ ...holder, purpose: "start", since: "2026-01-31T09:30:00.000Z" });
  await writeFile(join(dataFolder(), "lock", "00000007"), text);
}

test("a locked folder is refused, naming who has it and for what", async () => {
  const first = await lock("user add");
  await expect(lock()).rejects.toMatchObject({
    code: "data-folder-locked",
    message: expect.stringContaining(`process ${process.pid} (user add) since 20`),
  });
  await first.release();
  await first.release();
  const second = await lock();
  await second.release();
});

test("of many that come at once, in one process or several, one gets the folder", async () => {
  for (let round = 0; round < 5; round++) {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));
    const taken = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(taken).toHaveLength(1);
    await taken[0]?.value.release();
  }
});

test("of servers started at once, one comes up, and the others name it", async () => {
  const owners = [1, 2, 3].map(() => runOwner(dataFolder()));
  const words = await Promise.all(owners.map((owner) => owner.line()));
  const winner = owners[words.indexOf("ready")];
  expect(words.filter((word) => word === "ready")).toHaveLength(1);
  for (const word of words.filter((word) => word !== "ready"))
    expect(word).toMatch(new RegExp(`^data-folder-locked: .*process ${winner?.pid} \\(test\\)`));
  winner?.signal("SIGTERM");
  await Promise.all(owners.map((owner) => owner.ended));
});

test("the lock of a killed server is passed over, by one of those who come", async () => {
  const owner = runOwner(dataFolder());
  expect(await owner.line()).toBe("ready");
  owner.signal("SIGKILL");
  await owner.ended;
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  const cluster = join(dataFolder(), "postgres");
  await vi.waitFor(async () => expect(await postmastersOf(cluster)).toEqual([]), { timeout: 20_000, interval: 10 });
});

test("a lock under a process id that another process has by now is passed over", async () => {
  await pretend({ pid: process.pid, incarnation: "an-earlier-boot:1" });
  await (await lock()).release();
});

test("a lock whose process cannot be told apart is respected", async () => {
  await pretend({ pid: process.pid, incarnation: "untold" });
  await expect(lock()).rejects.toMatchObject({ code: "data-folder-locked" });
});

test("a lock of the living process is respected", async () => {
  await pretend({ pid: process.pid, incarnation: (await incarnationOf(process.pid)) ?? "" });
  await expect(lock()).rejects.toMatchObject({ message: expect.stringContaining("(start) since 2026-01-31") });
});

test("old numbers and drafts of killed processes do not pile up", async () => {
  await mkdir(join(dataFolder(), "lock"), { recursive: true });
  await writeFile(join(dataFolder(), "lock", "draft-999999999-0011"), "");
  for (let round = 0; round < 12; round++) await (await lock()).release();
  const names = await readdir(join(dataFolder(), "lock"));
  expect(names.length).toBeLessThan(7);
  expect(names).toContain("00000012");
  expect(names.filter((name) => name.startsWith("draft"))).toEqual([]);
});
