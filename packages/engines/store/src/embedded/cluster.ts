import { chown, mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Random } from "@cordboard/kernel";
import { PlatformError, randomHex } from "@cordboard/kernel";
import { codeOf } from "../processes.ts";
import { writeWhole } from "../whole-file.ts";
import { POSTGRES_MAJOR } from "./binaries.ts";
import type { Placement } from "./placement.ts";
import { initArguments } from "./settings.ts";
import type { RunAs } from "./watchdog.ts";
import { spawnGuarded } from "./watchdog.ts";

/** The database's own administrator, who is the only one that logs in. */
export const DATABASE_OWNER = "cordboard";

/** What {@link prepareCluster} goes by. */
export interface ClusterRequest {
  readonly placement: Placement;
  readonly password: string;
  readonly isDurable: boolean;
  readonly random: Random;
}

/** Makes the cluster where there is none, and refuses one of another major version. */
export async function prepareCluster(request: ClusterRequest): Promise<void> {
  const { cluster } = request.placement;
  const version = await readFile(join(cluster, "PG_VERSION"), "utf8").catch(() => undefined);
  if (version === undefined) return initialise(request);
  if (version.trim() !== POSTGRES_MAJOR)
    throw new PlatformError(
      "database-version",
      `${cluster} holds a database of PostgreSQL ${version.trim()}, and this program brings ${POSTGRES_MAJOR}: ` +
        "take it along by `cordboard backup` of the earlier program and `cordboard restore` of this one",
    );
}

/** The database's password: random, made once, in a file that only we read. */
export async function passwordIn(file: string, random: Random): Promise<string> {
  const known = await readFile(file, "utf8").catch(() => "");
  if (known.trim() !== "") return known.trim();
  const password = randomHex(random, 24);
  await writeWhole(file, password);
  return password;
}

/**
 * Built beside its place and moved there when it is whole, so that a kill in the middle leaves nothing half made. Each
 * try has a name of its own, so that what is left of a killed one cannot reach into the next.
 */
async function initialise({ placement, password, isDurable, random }: ClusterRequest): Promise<void> {
  const { cluster, runAs, native } = placement;
  const draft = `${cluster}.new-${randomHex(random, 4)}`;
  const passwordFile = `${draft}.password`;
  await rmdir(cluster).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return;
    throw new PlatformError(
      "database-unavailable",
      `${cluster} is in the way: it is no database, and not empty`,
      error,
    );
  });
  await removeDrafts(cluster);
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: "wx" });
    if (runAs.kind === "account") {
      const { uid, gid } = runAs.account;
      await Promise.all([draft, passwordFile].map((path) => chown(path, uid, gid)));
    }
    const args = [...initArguments(draft, DATABASE_OWNER, passwordFile), ...(isDurable ? [] : ["--no-sync"])];
    await runToEnd(runAs, join(native, "bin", "initdb"), args);
    await rename(draft, cluster);
    await syncFolder(dirname(cluster));
  } finally {
    await removeDrafts(cluster);
  }
}

async function removeDrafts(cluster: string): Promise<void> {
  const folder = dirname(cluster);
  const names = await readdir(folder);
  const drafts = names.filter((name) => name.startsWith(`${basename(cluster)}.new-`));
  await Promise.all(drafts.map((name) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 })));
}

/** Runs a program that ends by itself, or with us. */
function runToEnd(runAs: RunAs, program: string, args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawnGuarded(runAs, program, args);
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    child.on("error", (cause) => fail(new PlatformError("database-unavailable", "initdb cannot be run", cause)));
    child.on("exit", () => child.stdin?.destroy());
    child.on("close", (code) =>
      code === 0 ? done() : fail(new PlatformError("database-unavailable", `initdb failed: ${complaint.trim()}`)),
    );
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
