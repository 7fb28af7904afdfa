import type { TenantId } from "@cordboard/kernel";
import { makeId, ms } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import type { StoredRecordings } from "../../src/index.ts";
import { openRecordingBook } from "../../src/index.ts";
import { aRecording, newRecordingId, SoundShelf } from "../recorded-sound.ts";
import { later, morning } from "../scene.ts";
import type { Databases } from "./databases.ts";

/** What every list of recordings does. */
export function recordingsContract(databases: Databases): void {
  listing(databases);
  goingThrough(databases);
  crashes(databases);
}

const newTenant = (): TenantId => makeId("ten", machine.clock.now(), machine.random);
const { log, clock } = machine;

/** Listing and deleting. */
function listing({ database }: Databases): void {
  const open = (files = new SoundShelf()): StoredRecordings =>
    openRecordingBook({ database: database(), files, clock, log });

  test("a recording is listed from its beginning, and complete from its end; the newest comes first", async () => {
    const book = open();
    const tenant = newTenant();
    const first = aRecording(tenant);
    const second = aRecording(tenant, { startedAt: later(1), by: "rule", extension: "103" });
    book.open(first);
    book.open(second);
    book.close(tenant, first.id, ms(2_500));
    await book.finish();
    expect(await book.list(tenant, { count: 10 })).toEqual([
      { ...second, lasted: null },
      { ...first, lasted: 2_500 },
    ]);
    expect(await book.list(tenant, { count: 10, extension: "103" })).toMatchObject([{ id: second.id }]);
    expect(await book.list(tenant, { count: 10, call: first.call })).toMatchObject([{ id: first.id }]);
    expect(await book.list(tenant, { count: 1 })).toHaveLength(1);
  });

  test("a complete recording is deleted with its file, and one that runs is not", async () => {
    const files = new SoundShelf();
    const tenant = newTenant();
    const done = aRecording(tenant);
    const running = aRecording(tenant);
    for (const { id } of [done, running]) files.put(tenant, id, 1_000);
    const book = open(files);
    book.open(done);
    book.open(running);
    book.close(tenant, done.id, ms(1_000));
    await book.finish();
    expect(await book.remove(tenant, done.id)).toEqual({ ok: true, value: undefined });
    expect(await book.remove(tenant, running.id)).toEqual({ ok: false, error: { code: "still-recording" } });
    expect(await book.remove(tenant, done.id)).toEqual({ ok: false, error: { code: "no-such-recording" } });
    expect([files.has(tenant, done.id), files.has(tenant, running.id)]).toEqual([false, true]);
  });

  test("those of before a day go at once, and only the tenant's own", async () => {
    const files = new SoundShelf();
    const [tenant, other] = [newTenant(), newTenant()];
    const book = open(files);
    const old = aRecording(tenant);
    const fresh = aRecording(tenant, { startedAt: later(1) });
    const running = aRecording(tenant);
    const theirs = aRecording(other);
    for (const recording of [old, fresh, running, theirs]) {
      book.open(recording);
      if (recording !== running) book.close(recording.tenant, recording.id, ms(1));
      files.put(recording.tenant, recording.id, 1);
    }
    await book.finish();
    expect(await book.removeBefore(tenant, later(1))).toBe(1);
    expect(await book.removeBefore(tenant, morning)).toBe(0);
    expect((await book.list(tenant, { count: 10 })).map(({ id }) => id)).toEqual([fresh.id, running.id]);
    expect(await book.list(other, { count: 10 })).toHaveLength(1);
    expect([files.has(tenant, old.id), files.has(tenant, running.id), files.has(other, theirs.id)]).toEqual([
      ...[false, true, true],
    ]);
  });

  test("a stranger neither lists, ends nor deletes a recording", async () => {
    const files = new SoundShelf();
    const [owner, stranger] = [newTenant(), newTenant()];
    const book = open(files);
    const done = aRecording(owner);
    const running = aRecording(owner, { startedAt: later(1) });
    for (const recording of [done, running]) {
      files.put(owner, recording.id, 1);
      book.open(recording);
      book.close(stranger, recording.id, ms(9));
    }
    book.close(owner, done.id, ms(1));
    await book.finish();
    expect(await book.list(stranger, { count: 10 })).toEqual([]);
    expect(await book.removeBefore(stranger, later(99))).toBe(0);
    for (const { id } of [done, running]) {
      expect(await book.remove(stranger, id)).toEqual({ ok: false, error: { code: "no-such-recording" } });
      expect(files.has(owner, id)).toBe(true);
    }
    expect((await book.list(owner, { count: 10 })).map(({ lasted }) => lasted)).toEqual([null, 1]);
  });
}

/** Going through all of them. */
function goingThrough({ database }: Databases): void {
  test("all are gone through by their ids, a tenant's own alone", async () => {
    const book = openRecordingBook({ database: database(), files: new SoundShelf(), clock, log });
    const [tenant, stranger] = [newTenant(), newTenant()];
    const ids = Array.from({ length: 3 }, () => aRecording(tenant)).map((recording) => {
      book.open(recording);
      return recording.id;
    });
    book.open(aRecording(stranger));
    await book.finish();
    const sorted = ids.toSorted();
    expect((await book.after(tenant)).map(({ id }) => id)).toEqual(sorted);
    expect((await book.after(tenant, sorted[0])).map(({ id }) => id)).toEqual(sorted.slice(1));
    expect(await book.after(tenant, sorted[2])).toEqual([]);
  });
}

/** After a crash. */
function crashes({ database, reopen }: Databases): void {
  test("what a crash cut has the length of its file, and goes when there is nothing in it", async () => {
    const files = new SoundShelf();
    const tenant = newTenant();
    const [cut, empty, lost, whole] = [aRecording(tenant), aRecording(tenant), aRecording(tenant), aRecording(tenant)];
    files.put(tenant, cut.id, 4_999.6);
    files.put(tenant, empty.id, 0);
    files.put(tenant, whole.id, 9_000);
    const before = openRecordingBook({ database: database(), files, clock, log });
    for (const recording of [cut, empty, lost, whole]) before.open(recording);
    before.close(tenant, whole.id, ms(1_000));
    await before.finish();
    const after = openRecordingBook({ database: await reopen(), files, clock, log });
    expect(await after.completeCut()).toBeGreaterThanOrEqual(3);
    const kept = await after.list(tenant, { count: 10 });
    expect(new Map(kept.map(({ id, lasted }) => [id, lasted]))).toEqual(
      new Map([
        [cut.id, 5_000],
        [whole.id, 1_000],
      ]),
    );
    expect(files.has(tenant, empty.id)).toBe(false);
    expect(await after.completeCut()).toBe(0);
  });

  test("an end that is told twice, or without a beginning, changes nothing", async () => {
    const tenant = newTenant();
    const recording = aRecording(tenant);
    const book = openRecordingBook({ database: database(), files: new SoundShelf(), clock, log });
    book.open(recording);
    book.close(tenant, recording.id, ms(1));
    await book.finish();
    const again = openRecordingBook({ database: database(), files: new SoundShelf(), clock, log });
    again.close(tenant, recording.id, ms(2));
    again.close(tenant, newRecordingId(), ms(3));
    again.open(recording);
    await again.finish();
    expect(await again.list(tenant, { count: 10 })).toMatchObject([{ id: recording.id, lasted: 1 }]);
  });
}
