import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join, relative } from "node:path";

/** Longest path that a Unix socket's address holds, with its end mark (sun_path, unix(7)). */
const LONGEST = 107;

/** The path by which the command socket is reached, and how to let go of it. */
export interface SocketPath {
  readonly path: string;
  readonly release: () => Promise<void>;
}

/** `<data>/admin.sock`, in a form that fits into a socket address however deep the data folder lies (on Linux). */
export async function adminSocketPath(dataFolder: string): Promise<SocketPath> {
  const whole = join(dataFolder, "admin.sock");
  const short = [whole, relative(process.cwd(), whole)].find((path) => Buffer.byteLength(path) <= LONGEST);
  if (short !== undefined) return { path: short, release: async () => {} };
  const folder: FileHandle = await open(dataFolder);
  return { path: `/proc/self/fd/${folder.fd}/admin.sock`, release: () => folder.close() };
}
