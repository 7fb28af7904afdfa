import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RecordingFiles } from "@cordboard/core";
import type { Instant, Log, Millis, RecordingId, TenantId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import { repairWavFile } from "@cordboard/media";

/** The files of recorded sound in a data folder. */
export interface SoundFolder extends RecordingFiles {
  /** Where the file of a recording is, or is to be. */
  pathOf(tenant: TenantId, recording: RecordingId): string;
  /** The recordings of a tenant that there are files of; `undefined` when there is no folder for them. */
  list(tenant: TenantId): Promise<ReadonlySet<RecordingId> | undefined>;
  /** When a file was last written; `undefined` when it is not there. */
  writtenAt(tenant: TenantId, recording: RecordingId): Promise<Instant | undefined>;
}

/** An id as we make them, and no way out of the folder. */
const ID = /^[a-z]{2,4}_[0-9A-Z]{26}$/;
const SUFFIX = ".wav";

/** `<data>/recordings/<tenant>/<id>.wav`: what is said in calls, messages and greetings. */
export function soundFolder(dataFolder: string, log: Log): SoundFolder {
  const pathOf = (tenant: TenantId, recording: RecordingId): string => {
    // Ids come from the database and from core, which made them; should one ever come from elsewhere, it names nothing.
    const [folder, file] = [tenant, recording].map((id) => (ID.test(id) ? id : "none"));
    return join(dataFolder, "recordings", `${folder}`, `${file}${SUFFIX}`);
  };
  return {
    pathOf,
    async lengthOf(tenant, recording): Promise<Millis | undefined> {
      try {
        const repaired = await repairWavFile(pathOf(tenant, recording));
        return repaired.ok ? repaired.value : undefined;
      } catch (fault) {
        if (!isMissing(fault)) log.warn("a recording cannot be read", { tenant, recording, fault });
        return undefined;
      }
    },
    async list(tenant) {
      try {
        const names = await readdir(dirname(pathOf(tenant, "" as RecordingId)));
        const ids = names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
        return new Set(ids.filter((id) => ID.test(id)) as RecordingId[]);
      } catch (fault) {
        if (isMissing(fault)) return undefined;
        throw fault;
      }
    },
    async writtenAt(tenant, recording) {
      try {
        return instant((await stat(pathOf(tenant, recording))).mtimeMs);
      } catch (fault) {
        if (isMissing(fault)) return undefined;
        throw fault;
      }
    },
    remove: (tenant, recording) =>
      rm(pathOf(tenant, recording), { force: true }).catch((fault: unknown) =>
        log.warn("a recording cannot be removed", { tenant, recording, fault }),
      ),
  };
}

const isMissing = (fault: unknown): boolean => fault instanceof Error && "code" in fault && fault.code === "ENOENT";
