import type { Database } from "../../src/index.ts";

/** What a contract suite runs on. Its tests share one database, so each makes a tenant of its own. */
export interface Databases {
  database(): Database;
  /** Opens the same database once more, as after a restart. */
  reopen(): Promise<Database>;
}
