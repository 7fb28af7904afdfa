import type { Kysely } from "kysely";
import type { Pool } from "pg";
import type { DatabaseState } from "../embedded/supervisor.ts";
import type { Tables } from "./schema.ts";

/** An open database with the current schema. */
export interface Database {
  readonly pool: Pool;
  /** Connections for what must be written promptly: calls and registrations. */
  readonly promptPool: Pool;
  /** Typed queries; times in epoch milliseconds. */
  readonly tables: Kysely<Tables>;
  /** What an operator should know about where and as whom the embedded server runs; `ready` prints it. */
  readonly notes: readonly string[];
  /** The embedded cluster's folder, or nothing for a database named by its URL. */
  readonly cluster: string | undefined;
  state(): DatabaseState;
  /** Tells of each change of state until the returned function is called. */
  onState(listener: (state: DatabaseState) => void): () => void;
  /** Closes the connections and stops the embedded server. Stop everything else first. */
  stop(): Promise<void>;
}
