import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingFiles } from "@cordboard/core";
import type { Log, Millis, RecordingId, TenantId } from "@cordboard/kernel";
import { repairWavFile } from "@cordboard/media";

/** The files of recorded sound in a data folder. */
export interface SoundFolder extends RecordingFiles {
  /** Where the file of a recording is, or is to be. */
  pathOf(tenant: TenantId, recording: RecordingId): string;
}

/** An id as we make them, and no way out of the folder. */
const ID = /^[a-z]{2,4}_[0-9A-Z]{26}$/;

/** `<data>/recordings/<tenant>/<id>.wav`: what is said in calls, messages and greetings. */
export function soundFolder(dataFolder: string, log: Log): SoundFolder {
  const pathOf = (tenant: TenantId, recording: RecordingId): string => {
    // Ids come from the database and from core, which made them; should one ever come from elsewhere, it names nothing.
    const [folder, file] = [tenant, recording].map((id) => (ID.test(id) ? id : "none"));
    return join(dataFolder, "recordings", `${folder}`, `${file}.wav`);
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
    remove: (tenant, recording) =>
      rm(pathOf(tenant, recording), { force: true }).catch((fault: unknown) =>
        log.warn("a recording cannot be removed", { tenant, recording, fault }),
      ),
  };
}

const isMissing = (fault: unknown): boolean => fault instanceof Error && "code" in fault && fault.code === "ENOENT";
