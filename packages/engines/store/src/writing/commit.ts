import type { Pool } from "pg";

/** A statement. One with a name is parsed once a connection; whatever its values, it must be done the same way. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

/**
 * Runs one statement, which is a transaction of its own. A connection on which something failed is closed: it may still
 * be waiting for an answer that nobody wants.
 */
export async function commit(pool: Pool, statement: Statement, values: readonly unknown[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query({ ...statement, values: [...values] });
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}
