import type { Pool } from "pg";

/**
 * Runs one statement, which is a transaction of its own. A connection on which something failed is closed: it may still
 * be waiting for an answer that nobody wants.
 */
export async function commit(pool: Pool, text: string, values: readonly unknown[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(text, [...values]);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}
