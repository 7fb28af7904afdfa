import { lstat, mkdir, readlink, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Random } from "@cordboard/kernel";
import { PlatformError, randomHex } from "@cordboard/kernel";
import type { Account } from "./account.ts";
import { canReach, canRun, findAccount } from "./account.ts";
import type { Bundle } from "./binaries.ts";
import { copyBundle, linkLibraries } from "./binaries.ts";
import type { RunAs } from "./watchdog.ts";

/** Where the database lives, who runs it, and what an operator should know about that. */
export interface Placement {
  /** The cluster's folder, 0700 of whoever runs it. It may not exist yet. */
  readonly cluster: string;
  /** Folder with `bin`, `lib` and `share`, within reach of whoever runs it. */
  readonly native: string;
  readonly runAs: RunAs;
  readonly notes: readonly string[];
}

/** What {@link place} goes by. */
export interface PlacementRequest {
  readonly dataFolder: string;
  /** Account for a server that is root. */
  readonly dbUser: string;
  readonly bundle: Bundle;
  readonly random: Random;
  /** Where things go that the account cannot reach elsewhere; `/var/lib/cordboard` but in tests. */
  readonly shelf: string;
}

/**
 * Decides where and as whom the database runs. Without root it is simple: here, as we are. PostgreSQL refuses to be
 * root, so root hands it to an account, and what that account cannot reach goes to the shelf. `<data>/postgres` is then
 * a link, so that the folder may be moved and its database is still found.
 */
export async function place(request: PlacementRequest): Promise<Placement> {
  const own = join(request.dataFolder, "postgres");
  if (process.getuid?.() !== 0) return placeAsWeAre(request, own);
  const existing = await ownerOf(await followed(own));
  const account = existing === undefined ? await accountFor(request.dbUser) : accountWithUid(existing);
  if (account === undefined) return placeUnshared(request, own);
  const { cluster, notes } = await placeCluster(request, own, account);
  const native = await placeBinaries(request, account);
  if (native !== request.bundle.native)
    notes.push(`the database runs from a copy in ${native}, because ${account.name} cannot reach the installed one`);
  return { cluster, native, runAs: { kind: "account", account }, notes };
}

async function placeAsWeAre({ bundle, dataFolder }: PlacementRequest, own: string): Promise<Placement> {
  const cluster = await followed(own);
  const owner = await ownerOf(cluster);
  if (owner !== undefined && process.getuid !== undefined && owner.uid !== process.getuid())
    throw new PlatformError(
      "database-unavailable",
      `${cluster} belongs to user ${owner.uid}: start as that user, as root, or in another data folder`,
    );
  const native = (await linkLibraries(bundle.native)) ? bundle.native : await copyBundle(bundle, dataFolder);
  return { cluster, native, runAs: { kind: "self" }, notes: [] };
}

async function accountFor(name: string): Promise<Account | undefined> {
  const named = await findAccount(name);
  if (named !== undefined && named.uid !== 0) return usable(named);
  if (name !== "nobody")
    throw new PlatformError(
      "bad-settings",
      `CORDBOARD_DB_USER: ${name} is ${named ? "root" : "no account of this machine"}`,
    );
  const other = await findAccount("postgres");
  return other === undefined ? undefined : usable(other);
}

/** Nothing when the system does not let us become that account, as in some containers. */
const usable = async (account: Account): Promise<Account | undefined> =>
  (await canRun(account, "/bin/sh", ["-c", "exit 0"])) ? account : undefined;

/** An existing cluster is run by its owner: one that root calls its own was made by an unshared database. */
const accountWithUid = ({ uid, gid }: { readonly uid: number; readonly gid: number }): Account | undefined =>
  uid === 0 ? undefined : { name: `user ${uid}`, uid, gid };

async function placeCluster(
  request: PlacementRequest,
  own: string,
  account: Account,
): Promise<{ readonly cluster: string; readonly notes: string[] }> {
  const notes: string[] = [];
  const isNew = (await lstat(own).catch(() => undefined)) === undefined;
  if (isNew && !(await canReach(account, request.dataFolder))) {
    await mkdir(request.shelf, { recursive: true, mode: 0o711 });
    const name = `${basename(request.dataFolder)}-${randomHex(request.random, 6)}`;
    await symlink(join(request.shelf, name), own);
  }
  const cluster = await followed(own);
  if (cluster !== own)
    notes.push(`the database's files are in ${cluster}, because ${account.name} cannot reach ${request.dataFolder}`);
  if (!(await canReach(account, dirname(cluster))))
    throw new PlatformError(
      "database-unavailable",
      `${account.name}, who runs the database, cannot reach ${cluster}: let it pass (chmod o+x) through the folders above`,
    );
  return { cluster, notes };
}

async function placeBinaries({ bundle, shelf }: PlacementRequest, account: Account): Promise<string> {
  const isLinked = await linkLibraries(bundle.native);
  const runs = (native: string): Promise<boolean> => canRun(account, join(native, "bin", "postgres"), ["--version"]);
  if (isLinked && (await runs(bundle.native))) return bundle.native;
  await mkdir(shelf, { recursive: true, mode: 0o711 });
  const copy = await copyBundle(bundle, shelf);
  if (await runs(copy)) return copy;
  throw new PlatformError(
    "database-unavailable",
    `${account.name} can run PostgreSQL neither from ${bundle.native} nor from ${copy}: name a database by CORDBOARD_DATABASE_URL`,
  );
}

/** The last resort: root that passes PostgreSQL's check by another name. It still may write what root may write. */
async function placeUnshared(request: PlacementRequest, own: string): Promise<Placement> {
  const isLinked = await linkLibraries(request.bundle.native);
  await mkdir(request.shelf, { recursive: true, mode: 0o711 });
  const native = isLinked ? request.bundle.native : await copyBundle(request.bundle, request.shelf);
  const notes = [
    "the database runs with the rights of root, because no account for it can be used: set CORDBOARD_DB_USER",
  ];
  return { cluster: await followed(own), native, runAs: { kind: "unshare" }, notes };
}

/** The folder itself, or where a link in its place points, whether or not that exists. */
async function followed(path: string): Promise<string> {
  const target = await readlink(path).catch(() => undefined);
  return target === undefined ? path : resolve(dirname(path), target);
}

const ownerOf = (path: string): Promise<{ readonly uid: number; readonly gid: number } | undefined> =>
  stat(path).then(
    ({ uid, gid }) => ({ uid, gid }),
    () => undefined,
  );
