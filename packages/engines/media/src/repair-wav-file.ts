import { open } from "node:fs/promises";
import type { Millis, Result } from "@cordboard/kernel";
import type { WavRefusal } from "@cordboard/sound";
import { repairedWav, wavLength } from "@cordboard/sound";

/** Bytes of a file's beginning that hold its header. */
const HEAD_BYTES = 1024;

/**
 * Brings the lengths in a WAV file up to its size, where its writer did not come to that (a crash), and tells how long it lasts. A file that
 * is whole stays as it is. Rejects when it cannot be read or written.
 */
export async function repairWavFile(path: string): Promise<Result<Millis, WavRefusal>> {
  const handle = await open(path, "r+");
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const read = async (): Promise<Uint8Array> =>
      head.subarray(0, (await handle.read(head, 0, HEAD_BYTES, 0)).bytesRead);
    const { size } = await handle.stat();
    const repair = repairedWav(await read(), size);
    if (!repair.ok) return repair;
    for (const { bytes, offset } of repair.value) await handle.write(bytes, 0, bytes.length, offset);
    return wavLength(await read(), size);
  } finally {
    await handle.close();
  }
}
