import { readdir, readFile } from "node:fs/promises";
import type { Hash, Log } from "@cordboard/kernel";
import { PlatformError } from "@cordboard/kernel";
import type { ClientBase, Pool } from "pg";

/** One numbered step from one schema to the next. */
export interface Migration {
  readonly number: number;
  /** File name, `0001-first.sql`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, lower-case hexadecimal. */
  readonly checksum: string;
}

/** What {@link migrate} works with. */
export interface MigrationTools {
  readonly migrations: readonly Migration[];
  readonly log: Log;
}

const FILE = /^(\d{4})-[a-z0-9-]+\.sql$/;
/** Our advisory lock, so that two servers on one database do not migrate at once. The number means nothing. */
const LOCK = 7_204_118_351;

/** The migrations of a folder, in order. They must be numbered from 1 without a gap. */
export async function readMigrations(folder: URL, hash: Hash): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(FILE.exec(name)?.[1]);
      if (number !== index + 1) throw new PlatformError("internal", `migration ${name} is out of order`);
      const sql = (await readFile(new URL(name, folder), "utf8")).replaceAll("\r\n", "\n");
      return { number, name, sql, checksum: hash.hex("sha256", sql) };
    }),
  );
}

/**
 * Brings the schema up to date, each step in a transaction of its own, and never back. Refuses a schema that a newer
 * program made (`schema-newer`), and one whose applied steps are not the ones that we know.
 */
export async function migrate(pool: Pool, { migrations, log }: MigrationTools): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await client.query(
      `create table if not exists schema_migrations (
         number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`,
    );
    const applied = await client.query<Applied>("select number, name, checksum from schema_migrations order by number");
    checkApplied(applied.rows, migrations);
    for (const migration of migrations.slice(applied.rows.length)) {
      await apply(client, migration);
      log.info("schema brought forward", { migration: migration.name });
    }
    await client.query("select pg_advisory_unlock($1)", [LOCK]);
    client.release();
  } catch (error) {
    // The lock belongs to the session, and goes with it.
    client.release(true);
    throw error;
  }
}

interface Applied {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

function checkApplied(applied: readonly Applied[], known: readonly Migration[]): void {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.number > known.length)
    throw new PlatformError(
      "schema-newer",
      `the database was brought to ${newest.name} by a newer program, and this one ends at ${known.at(-1)?.name ?? "nothing"}`,
    );
  for (const [index, { number, name, checksum }] of applied.entries()) {
    const migration = known[index];
    if (migration?.number !== number || migration.checksum !== checksum)
      throw new PlatformError("internal", `the database was made by another ${name} than this program has`);
  }
}

async function apply(client: ClientBase, { number, name, sql, checksum }: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query(sql);
    await client.query("insert into schema_migrations (number, name, checksum) values ($1, $2, $3)", [
      number,
      name,
      checksum,
    ]);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback");
    throw new PlatformError("internal", `migration ${name} failed`, cause);
  }
}
