import { afterAll, afterEach, beforeAll } from "vitest";
import type { Server, ServerOptions } from "./server.ts";
import { startServer } from "./server.ts";

const LINES_SHOWN = 120;
const LONGEST_START_MS = 90_000;

/**
 * A server for all tests of this file or `describe`, stopped after them: it must end with 0. When a test has failed, what the server said
 * last is printed. Options that are known only then are given as a function.
 */
export function withServer(options: ServerOptions | (() => ServerOptions | Promise<ServerOptions>) = {}): () => Server {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await startServer(typeof options === "function" ? await options() : options);
  }, LONGEST_START_MS);
  afterEach(({ task }) => {
    if (task.result?.state === "fail" && server !== undefined) showLog(server);
  });
  afterAll(async () => {
    if (server === undefined) return;
    const { code, signal } = await server.stop();
    if (code === 0) return;
    showLog(server);
    throw new Error(`the server ended with ${code ?? signal}`);
  });
  return () => {
    if (server === undefined) throw new Error("the server has not been started yet");
    return server;
  };
}

/** Prints what the server said last. */
function showLog({ child }: Server): void {
  process.stderr.write(`── what the server said last ──\n${child.said.slice(-LINES_SHOWN).join("\n")}\n──\n`);
}
