import type { Pool, QueryConfig } from "pg";

/** Longest that a group may take; then its connection is given up, and the group is written again on another. */
const DEADLINE_MS = 2_000;

/**
 * Runs one statement, which is a transaction of its own. A connection on which something failed is closed: it may still
 * be waiting for an answer that nobody wants.
 */
export async function commit(pool: Pool, text: string, values: readonly unknown[]): Promise<void> {
  const query: QueryConfig & { readonly query_timeout: number } = {
    text,
    values: [...values],
    query_timeout: DEADLINE_MS,
  };
  const client = await pool.connect();
  try {
    await client.query(query);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}
