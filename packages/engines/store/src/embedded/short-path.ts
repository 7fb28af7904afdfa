import { lstat, mkdtemp, readdir, readlink, rmdir, symlink, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Longest path of a Unix socket that every system takes: `sun_path` has 104 bytes on macOS, 108 on Linux. */
const LONGEST_SOCKET_PATH = 103;

const PREFIX = "cordboard-socket-";
const LINK = "d";

/** A way to a folder that is short enough for a socket in it. */
export interface ShortPath {
  readonly folder: string;
  /** Removes the link, when one was made. */
  remove(): Promise<void>;
}

/**
 * The folder itself when a socket named `socket` fits behind it, else a link in a fresh temporary folder. Links that a
 * killed server left to the same folder are removed first.
 */
export async function shortPathTo(folder: string, socket: string): Promise<ShortPath> {
  const isShort = Buffer.byteLength(join(folder, socket)) <= LONGEST_SOCKET_PATH;
  await removeStale(folder);
  if (isShort) return { folder, remove: () => Promise.resolve() };
  const holder = await mkdtemp(join(tmpdir(), PREFIX));
  const link = join(holder, LINK);
  await symlink(folder, link);
  return { folder: link, remove: () => removeLink(holder) };
}

async function removeStale(folder: string): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(PREFIX))) {
    const holder = join(tmpdir(), name);
    const target = await readlink(join(holder, LINK)).catch(() => undefined);
    if (target === folder && (await isOurs(holder))) await removeLink(holder);
  }
}

const isOurs = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid()),
    () => false,
  );

/** Takes away only what was put there: never what somebody else may have laid beside it. */
async function removeLink(holder: string): Promise<void> {
  await unlink(join(holder, LINK)).catch(() => {});
  await rmdir(holder).catch(() => {});
}
