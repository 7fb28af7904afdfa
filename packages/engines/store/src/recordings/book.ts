import type { KeptRecording, RecordingBook, RecordingFiles } from "@cordboard/core";
import type { CallId, Clock, Instant, Log, RecordingId, Result, TenantId } from "@cordboard/kernel";
import { ok, refused, seconds } from "@cordboard/kernel";
import type { Database } from "../database/database.ts";
import { moment } from "../database/schema.ts";
import { whenUp } from "../database/state.ts";
import { commit } from "../writing/commit.ts";
import { GroupCommit } from "../writing/group-commit.ts";
import { storableJson } from "../writing/storable.ts";
import type { RecordingChange } from "./rows.ts";
import { recordingOf, recordOf, WRITE_RECORDINGS } from "./rows.ts";

/** Recordings whose beginning or end may wait in memory while the database is away. */
const MOST_WAITING = 10_000;
/** Recordings that one query gives, and that one step of a clearing takes. */
const PAGE = 1_000;

/** Which recordings are wanted, the newest first. */
export interface RecordingQuery {
  /** At most so many, 1 to 1000. */
  readonly count: number;
  /** Only those taken at a leg of this extension. */
  readonly extension?: string | undefined;
  readonly call?: CallId | undefined;
}

/** Why a recording is not deleted. */
export type RecordingRefusal = { readonly code: "no-such-recording" } | { readonly code: "still-recording" };

/** The list of recordings in the database. */
export interface StoredRecordings extends RecordingBook {
  list(tenant: TenantId, query: RecordingQuery): Promise<readonly KeptRecording[]>;
  /** Deletes a complete recording with its file. */
  remove(tenant: TenantId, id: RecordingId): Promise<Result<undefined, RecordingRefusal>>;
  /** Deletes all complete ones that began before a moment; returns how many. */
  removeBefore(tenant: TenantId, before: Instant): Promise<number>;
  /** The next thousand, by their ids, of those after this one; from the first without one. */
  after(tenant: TenantId, id?: RecordingId): Promise<readonly KeptRecording[]>;
  /**
   * Completes what an earlier run left incomplete: each has the length of its file, and goes when there is nothing in it. Call before
   * anything is recorded. Returns how many there were.
   */
  completeCut(): Promise<number>;
  /** Changes that wait to be written. */
  waiting(): number;
  /** Writes what waits and takes nothing more. Call before the database stops. */
  finish(): Promise<void>;
}

/** What {@link openRecordingBook} needs. */
export interface RecordingBookOptions {
  readonly database: Database;
  readonly files: RecordingFiles;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens the list of recordings. */
export function openRecordingBook({ database, files, clock, log }: RecordingBookOptions): StoredRecordings {
  const { tables } = database;
  const group = new GroupCommit<RecordingChange>({
    name: "recordings",
    clock,
    log,
    merge: (older, newer) => ({ ...older, ...newer }),
    write: (changes) => write(database, changes),
    isFleeting: () => false,
    isBeginning: () => false,
    most: MOST_WAITING,
    longest: seconds(60),
    onBack: (listener) => whenUp(database, listener),
  });
  const all = () => tables.selectFrom("recordings").selectAll();
  /** Deletes complete ones; a file goes after its row, so that a crash between leaves no row without sound. */
  const removeAll = async (tenant: TenantId, ids: readonly string[]): Promise<number> => {
    const rows = await tables
      .deleteFrom("recordings")
      .where("tenant_id", "=", tenant)
      .where("recording_id", "in", ids)
      .where("lasted_ms", "is not", null)
      .returning("recording_id")
      .execute();
    for (const row of rows) await files.remove(tenant, row.recording_id as RecordingId);
    return rows.length;
  };
  return {
    open: (opened) =>
      group.addQuietly(keyOf(opened.tenant, opened.id), { tenant: opened.tenant, id: opened.id, opened }),
    close: (tenant, id, lasted) => group.addQuietly(keyOf(tenant, id), { tenant, id, lasted }),
    async list(tenant, { count, extension, call }) {
      let rows = all().where("tenant_id", "=", tenant);
      if (extension !== undefined) rows = rows.where("extension", "=", extension);
      if (call !== undefined) rows = rows.where("call_id", "=", call);
      const limit = Math.min(PAGE, Math.max(1, Math.floor(count) || 1));
      const newest = rows.orderBy("started_at", "desc").orderBy("recording_id", "desc");
      return (await newest.limit(limit).execute()).map(recordingOf);
    },
    async remove(tenant, id) {
      if ((await removeAll(tenant, [id])) > 0) return ok(undefined);
      const row = await all().where("tenant_id", "=", tenant).where("recording_id", "=", id).executeTakeFirst();
      return refused({ code: row === undefined ? "no-such-recording" : "still-recording" });
    },
    async removeBefore(tenant, before) {
      for (let removed = 0; ; ) {
        const old = all().where("tenant_id", "=", tenant).where("lasted_ms", "is not", null);
        const page = await old.where("started_at", "<", moment(before)).limit(PAGE).execute();
        if (page.length === 0) return removed;
        removed += await removeAll(
          tenant,
          page.map((row) => row.recording_id),
        );
      }
    },
    async after(tenant, id = "" as RecordingId) {
      const rows = all().where("tenant_id", "=", tenant).where("recording_id", ">", id);
      return (await rows.orderBy("recording_id").limit(PAGE).execute()).map(recordingOf);
    },
    async completeCut() {
      const cut = (await all().where("lasted_ms", "is", null).execute()).map(recordingOf);
      for (const recording of cut) await complete(database, files, recording);
      return cut.length;
    },
    waiting: () => group.size(),
    finish: async () => void (await group.close()),
  };
}

const keyOf = (tenant: TenantId, id: RecordingId): string => `${tenant} ${id}`;

async function write({ promptPool }: Database, changes: readonly RecordingChange[]): Promise<void> {
  await commit(promptPool, { name: "write-recordings", text: WRITE_RECORDINGS }, [
    storableJson(changes.filter(({ opened }) => opened !== undefined).map(recordOf)),
    storableJson(changes.filter(({ opened }) => opened === undefined).map(recordOf)),
  ]);
}

async function complete(
  { tables }: Database,
  files: RecordingFiles,
  { tenant, id }: Pick<KeptRecording, "tenant" | "id">,
): Promise<void> {
  const lasted = (await files.lengthOf(tenant, id)) ?? 0;
  if (lasted > 0) {
    const row = tables.updateTable("recordings").set({ lasted_ms: Math.round(lasted) });
    await row.where("tenant_id", "=", tenant).where("recording_id", "=", id).execute();
    return;
  }
  await tables.deleteFrom("recordings").where("tenant_id", "=", tenant).where("recording_id", "=", id).execute();
  await files.remove(tenant, id);
}
