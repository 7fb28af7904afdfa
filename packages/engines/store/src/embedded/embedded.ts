import { join } from "node:path";
import type { Clock, Log, Random } from "@cordboard/kernel";
import type { PoolConfig } from "pg";
import pg from "pg";
import { makeDataFolder } from "../data-folder.ts";
import { findBundle } from "./binaries.ts";
import { DATABASE_OWNER, passwordIn, prepareCluster } from "./cluster.ts";
import { place } from "./placement.ts";
import { shortPathTo } from "./short-path.ts";
import type { DatabaseState } from "./supervisor.ts";
import { Supervisor } from "./supervisor.ts";

/** Settings of the embedded server. */
export interface EmbeddedOptions {
  readonly dataFolder: string;
  /** Account that runs it when we are root. */
  readonly dbUser: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly onState: (state: DatabaseState) => void;
  /** False only in tests, whose data nobody needs tomorrow; default true. */
  readonly isDurable?: boolean;
  /** Where goes what the account cannot reach elsewhere; default `/var/lib/cordboard`. */
  readonly shelf?: string;
}

/** A running embedded server. */
export interface EmbeddedServer {
  readonly login: PoolConfig;
  /** The cluster's folder. */
  readonly cluster: string;
  /** What an operator should know about where and as whom it runs. */
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

const SHELF = "/var/lib/cordboard";
/** Names the socket file; no TCP port is opened. */
const SOCKET_NUMBER = 5432;

/** Starts the embedded server of a data folder, making it first where there is none. The folder's lock must be held. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { dataFolder, dbUser, clock, log, random, onState, isDurable = true, shelf = SHELF } = options;
  await makeDataFolder(dataFolder);
  const placement = await place({ dataFolder, dbUser, bundle: await findBundle(), random, shelf });
  const password = await passwordIn(join(dataFolder, "database-password"), random);
  await prepareCluster({ placement, password, isDurable, random });
  const path = await shortPathTo(placement.cluster, `.s.PGSQL.${SOCKET_NUMBER}`);
  const login = { host: path.folder, port: SOCKET_NUMBER, user: DATABASE_OWNER, password, database: DATABASE_OWNER };
  const supervisor = new Supervisor({
    placement,
    login: { ...login, database: "postgres" },
    isDurable,
    clock,
    log,
    onState,
  });
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await path.remove();
  };
  try {
    await supervisor.start();
    await makeDatabase({ ...login, database: "postgres" });
  } catch (error) {
    await stop();
    throw error;
  }
  return { login, cluster: placement.cluster, notes: placement.notes, stop };
}

/** Makes our database at the first start, and again at the second when the first was killed before it came to that. */
async function makeDatabase(login: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(login);
  await client.connect();
  try {
    const known = await client.query("select 1 from pg_database where datname = $1", [DATABASE_OWNER]);
    if (known.rowCount === 0) await client.query(`create database ${DATABASE_OWNER}`);
  } finally {
    await client.end();
  }
}
