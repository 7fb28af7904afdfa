import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Server } from "./server.ts";
import { until } from "./until.ts";

/** Bytes that a second of one track of a recording takes: G.711. */
export const BYTES_A_SECOND = 8_000;

/** The WAV files in which a server keeps what is said. */
export async function recordedFiles({ data }: Pick<Server, "data">): Promise<readonly string[]> {
  const root = join(data, "recordings");
  const names = await readdir(root, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(".wav")).map((name) => join(root, name));
}

/** A file that is not among the known ones, once there are so many seconds of sound in it. */
export function newRecording(
  server: Pick<Server, "data">,
  {
    seconds,
    tracks = 1,
    known,
  }: { readonly seconds: number; readonly tracks?: number; readonly known: readonly string[] },
): Promise<string> {
  return until(
    `${seconds} s of sound in a new file`,
    async () => {
      const added = (await recordedFiles(server)).find((path) => !known.includes(path));
      if (added === undefined) return undefined;
      return (await stat(added)).size >= seconds * tracks * BYTES_A_SECOND ? added : undefined;
    },
    { withinMs: 40_000 },
  );
}
