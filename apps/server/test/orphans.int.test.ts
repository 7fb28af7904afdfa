import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { MailboxCounts, VoiceMessage } from "@cordboard/core";
import type { Instant, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import { instant, makeId, ms, seconds, silentLog } from "@cordboard/kernel";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import type { TestDatabase } from "@cordboard/testkit/database";
import { startTestDatabase } from "@cordboard/testkit/database";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSettings } from "../src/settings.ts";
import type { Foundation } from "../src/system/foundation.ts";
import { layFoundation } from "../src/system/foundation.ts";
import { sweepOrphans } from "../src/system/orphans.ts";

const { clock, random } = machine;
/** Two hours before the sweep, and a minute. */
const [LONG_AGO, JUST_NOW] = [seconds(7_200), seconds(60)];

let folder: TestFolder;
let database: TestDatabase;
let house: Foundation;
let tenant: TenantId;
let user: UserId;
let told: MailboxCounts[];
beforeEach(async () => {
  [folder, database] = await Promise.all([makeTestFolder(), startTestDatabase()]);
  const read = readSettings(
    { CORDBOARD_DATA: folder.path, CORDBOARD_DATABASE_URL: database.url },
    { isDemo: false, isTerminal: false },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  house = await layFoundation(read.value, machine, { purpose: "a test", isDemo: false });
  tenant = house.directory.defaultTenant().id;
  const added = await house.config.addUser(tenant, { extension: "101", name: "Ada", role: "user", mobile: null });
  if (!added.ok) throw new Error(added.error.code);
  user = added.value.id;
  told = [];
});
afterEach(async () => {
  await house.close();
  await database.stop();
  await folder.remove();
});

const ago = (age: number): Instant => instant(clock.now() - age);
const newRecording = (): RecordingId => makeId("rec", clock.now(), random);
const isThere = async (recording: RecordingId): Promise<boolean> =>
  (await house.sounds.writtenAt(tenant, recording)) !== undefined;

async function file(recording: RecordingId, age = LONG_AGO): Promise<RecordingId> {
  const path = house.sounds.pathOf(tenant, recording);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "sound");
  await utimes(path, ago(age) / 1000, ago(age) / 1000);
  return recording;
}

/** A complete recording of a call, in the list. */
function recording(id: RecordingId, age = LONG_AGO): RecordingId {
  const [call, leg] = [makeId("call", clock.now(), random), makeId("leg", clock.now(), random)];
  const other = { name: "", number: "102" };
  house.recordings.open({ id, tenant, call, leg, extension: "101", other, startedAt: ago(age), by: "command" });
  house.recordings.close(tenant, id, ms(2_000));
  return id;
}

async function message(sound: RecordingId, age = LONG_AGO): Promise<RecordingId> {
  const [id, call] = [makeId("vm", clock.now(), random), makeId("call", clock.now(), random)];
  const from = { name: "", number: "102" };
  const left: VoiceMessage = {
    ...{ id, tenant, user, from, at: ago(age), lasted: ms(0) },
    ...{ isHeard: false, recording: sound, call },
  };
  await house.mailboxes.change({ type: "begin-message", message: left });
  await house.mailboxes.change({ type: "keep-message", tenant, recording: sound, lasted: ms(2_000) });
  return sound;
}

async function sweep(): Promise<void> {
  await expect.poll(() => house.recordings.waiting()).toBe(0);
  const onMailbox = (_tenant: TenantId, counts: MailboxCounts): void => void told.push(counts);
  await sweepOrphans({ ...house, clock, log: silentLog, onMailbox });
}
const listed = async (): Promise<readonly RecordingId[]> => (await house.recordings.after(tenant)).map(({ id }) => id);
const kept = (): readonly RecordingId[] =>
  house.mailboxes.mailbox(tenant, user)?.messages.map(({ recording: sound }) => sound) ?? [];

test("what has both its row and its file stays: recordings, messages and greetings", async () => {
  const call = recording(await file(newRecording()));
  const left = await message(await file(newRecording()));
  const greeting = await file(newRecording());
  await house.mailboxes.change({ type: "keep-greeting", tenant, user, recording: greeting });
  await sweep();
  expect(await Promise.all([call, left, greeting].map(isThere))).toEqual([true, true, true]);
  expect([await listed(), kept()]).toEqual([[call], [left]]);
  expect(house.mailboxes.mailbox(tenant, user)?.greeting).toBe(greeting);
});

test("a file that nothing belongs to goes, unless somebody may still be writing to it", async () => {
  const [old, young] = [await file(newRecording()), await file(newRecording(), JUST_NOW)];
  await sweep();
  expect(await Promise.all([old, young].map(isThere))).toEqual([false, true]);
});

test("a row whose file is gone goes, and whoever watches the mailbox is told", async () => {
  await file(newRecording());
  recording(newRecording());
  await message(newRecording());
  await house.mailboxes.change({ type: "keep-greeting", tenant, user, recording: newRecording() });
  const fresh = [recording(newRecording(), JUST_NOW), await message(newRecording(), JUST_NOW)];
  await sweep();
  expect([...(await listed()), ...kept()]).toEqual(fresh);
  expect(house.mailboxes.mailbox(tenant, user)?.greeting).toBeNull();
  expect(told).toEqual([{ user, fresh: 1, old: 0 }]);
});

test("where the whole folder is missing, as on a disk that is not there, no row goes", async () => {
  const rows = [recording(newRecording()), await message(newRecording())];
  await rm(dirname(house.sounds.pathOf(tenant, newRecording())), { recursive: true, force: true });
  await sweep();
  expect([...(await listed()), ...kept()]).toEqual(rows);
});

test("files of tenants that are not ours, and files that are no recordings, stay", async () => {
  const mine = await file(newRecording());
  const foreign = makeId("ten", clock.now(), random);
  const theirs = house.sounds.pathOf(foreign, newRecording());
  const notes = house.sounds.pathOf(tenant, mine).replace(/[^/]+$/, "notes.wav");
  for (const path of [theirs, notes]) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "sound");
    await utimes(path, 1_000_000, 1_000_000);
  }
  await sweep();
  expect(await isThere(mine)).toBe(false);
  expect((await house.sounds.list(foreign))?.size).toBe(1);
  await rm(notes);
});

test("more rows than are read at once are all looked at", async () => {
  const lasting = await file(newRecording());
  for (let count = 0; count < 1_005; count++) recording(newRecording());
  recording(lasting);
  await sweep();
  expect(await listed()).toEqual([lasting]);
});
