import { makeTestFolder } from "@cordboard/testkit";
import { administer } from "../acceptance/admin-socket.ts";
import type { Server, ServerOptions } from "../acceptance/server.ts";
import { startServer } from "../acceptance/server.ts";
import type { Bench } from "./figure.ts";

/** A company to measure with, served by the real server in a process of its own. */
export interface Office {
  readonly server: Server;
  readonly domain: string;
  readonly extensions: readonly string[];
  readonly keys: readonly string[];
  passwordOf(extension: string): string;
  close(): Promise<void>;
}

const FIRST_EXTENSION = 1001;
const passwordOf = (extension: string): string => `secret-of-${extension}`;

/** How a measured server is started. */
export const serverOptions = (bench: Bench, more: ServerOptions = {}): ServerOptions => ({
  ...more,
  inside: bench.serverInside,
  nodeWords: bench.serverNodeWords,
  // As in service: a line for each call, but nobody pays for reading it here.
  settings: { CORDBOARD_LOG_LEVEL: "info", ...more.settings },
});

/** Starts a server on an empty folder and makes users and keys. */
export async function openOffice(
  bench: Bench,
  { users, keys = 1 }: { readonly users: number; readonly keys?: number },
): Promise<Office> {
  const folder = await makeTestFolder();
  const server = await startServer(serverOptions(bench, { data: `${folder.path}/data` }));
  const close = async (): Promise<void> => {
    await server.stop();
    await folder.remove();
  };
  try {
    const extensions = Array.from({ length: users }, (_, index) => String(FIRST_EXTENSION + index));
    for (const extension of extensions) {
      const user = { extension, name: `User ${extension}`, sipPassword: passwordOf(extension) };
      await administer(server.data, "user-add", user);
    }
    const made: string[] = [];
    while (made.length < keys) {
      made.push((await administer<{ readonly key: string }>(server.data, "key-create", {})).key);
    }
    return { server, domain: "localhost", extensions, keys: made, passwordOf, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}
