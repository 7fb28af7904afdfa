import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordingFiles } from "@cordboard/core";
import type { Log, Millis, RecordingId, TenantId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { readWav, repairedWav, SAMPLE_RATE_HZ } from "@cordboard/sound";

/** The files of recorded sound in a data folder. */
export interface SoundFolder extends RecordingFiles {
  /** Where the file of a recording is, or is to be. */
  pathOf(tenant: TenantId, recording: RecordingId): string;
}

/** A WAV header is far shorter. */
const HEAD_BYTES = 1024;

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
    lengthOf: (tenant, recording) =>
      lengthOfFile(pathOf(tenant, recording)).catch((fault: unknown) => {
        log.warn("a recording cannot be read", { tenant, recording, fault });
        return undefined;
      }),
    remove: (tenant, recording) =>
      rm(pathOf(tenant, recording), { force: true }).catch((fault: unknown) =>
        log.warn("a recording cannot be removed", { tenant, recording, fault }),
      ),
  };
}

/** How long the sound in a WAV file is. Where a crash cut the file, its header is made to say so. */
async function lengthOfFile(path: string): Promise<Millis | undefined> {
  const file = await open(path, "r+").catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === "ENOENT") return undefined;
    throw fault;
  });
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const head = new Uint8Array(Math.min(size, HEAD_BYTES));
    await file.read(head, 0, head.length, 0);
    const patches = repairedWav(head, size);
    for (const { offset, bytes } of patches.ok ? patches.value : []) await file.write(bytes, 0, bytes.length, offset);
    const sound = readWav(head);
    if (!sound.ok) return undefined;
    const { encoding, channels, data } = sound.value;
    const frames = Math.floor((size - data.byteOffset) / (channels * (encoding === "pcm16" ? 2 : 1)));
    return ms(Math.floor((frames * 1000) / SAMPLE_RATE_HZ));
  } finally {
    await file.close();
  }
}
