import type { Clock, Hash, Log, Random } from "@cordboard/kernel";
import { ms, PlatformError, seconds } from "@cordboard/kernel";
import { Kysely, PostgresDialect } from "kysely";
import type { Pool, PoolConfig } from "pg";
import type { EmbeddedServer } from "../embedded/embedded.ts";
import { startEmbedded } from "../embedded/embedded.ts";
import { migrationsFolder } from "../migrations-folder.ts";
import { once, within } from "../waiting.ts";
import type { Database } from "./database.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { ORDINARY, openPool, PROMPT } from "./pool.ts";
import type { Tables } from "./schema.ts";
import type { StateWatch } from "./state.ts";
import { watchState } from "./state.ts";

/** Settings of {@link openDatabase}. */
export interface DatabaseOptions {
  /** The data folder, whose lock the caller holds. */
  readonly dataFolder: string;
  /** `CORDBOARD_DATABASE_URL`: a database of the operator's own instead of the embedded one. */
  readonly url?: string | undefined;
  /** `CORDBOARD_DB_USER`: whom the embedded server runs as when we are root. */
  readonly dbUser: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  /** False only in tests, whose data nobody needs tomorrow; default true. */
  readonly isDurable?: boolean;
}

const OLDEST_MAJOR = 15;
const POOL_DEADLINE = seconds(5);
/** With the database away there is nothing to finish. */
const LOST_POOL_DEADLINE = ms(250);

/** Opens the database, embedded or by URL, and brings its schema up to date. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { log, clock, hash } = options;
  const watch = watchState(clock, log);
  const server =
    options.url === undefined ? await startEmbedded({ ...options, onState: (state) => watch.tell(state) }) : undefined;
  const login = server?.login ?? loginOf(options.url ?? "");
  const told = { log, onBreak: () => watch.suspect() };
  const pool = openPool(login, ORDINARY, told);
  const promptPool = openPool(login, PROMPT, told);
  const stop = async (): Promise<void> => {
    const patience = watch.state() === "up" ? POOL_DEADLINE : LOST_POOL_DEADLINE;
    watch.stop();
    // A query that hangs ends with the server.
    await within(clock, patience, Promise.all([pool.end(), promptPool.end()]));
    await server?.stop();
  };
  try {
    if (server === undefined) await checkVersion(pool);
    await migrate(pool, { migrations: await readMigrations(migrationsFolder(), hash), log });
    watch.tell("up");
  } catch (error) {
    await stop();
    throw error;
  }
  watch.follow(pool);
  return databaseOf({ pool, promptPool, server, stop: once(stop), watch });
}

interface Parts {
  readonly pool: Pool;
  readonly promptPool: Pool;
  readonly server: EmbeddedServer | undefined;
  readonly watch: StateWatch;
  readonly stop: () => Promise<void>;
}

const databaseOf = ({ pool, promptPool, server, watch, stop }: Parts): Database => ({
  pool,
  promptPool,
  tables: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
  notes: server?.notes ?? [],
  cluster: server?.cluster,
  state: watch.state,
  onState: watch.onState,
  stop,
});

function loginOf(url: string): PoolConfig {
  if (!/^postgres(?:ql)?:\/\//.test(url))
    throw new PlatformError("bad-settings", "CORDBOARD_DATABASE_URL: must start with postgresql://");
  return { connectionString: url };
}

async function checkVersion(pool: Pool): Promise<void> {
  const { rows } = await pool
    .query<{ server_version_num: string }>("show server_version_num")
    .catch((cause: unknown) => {
      throw new PlatformError("database-unavailable", "the database of CORDBOARD_DATABASE_URL does not answer", cause);
    });
  const major = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (major < OLDEST_MAJOR)
    throw new PlatformError(
      "database-version",
      `the database is PostgreSQL ${major}; ${OLDEST_MAJOR} or later is needed`,
    );
}
