import { shareTestServer, startTestServer } from "./database.ts";

/** Vitest's global set-up: one PostgreSQL server a run. What it returns stops it. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer();
  shareTestServer(server);
  return server.stop;
}
