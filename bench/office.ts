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

/** Ports drain for five seconds after each call: those of the default range are enough for 500 calls a second. */
export const PORTS_FOR_MANY = { CORDBOARD_RTP_PORTS: "10000-32767" } as const;

/** How many users and keys an office has, and settings of its server. */
export interface OfficeOptions extends Pick<ServerOptions, "settings"> {
  readonly users: number;
  readonly keys?: number;
}

/** Starts a server on an empty folder and makes users and keys. */
export async function openOffice(bench: Bench, { users, keys = 1, settings = {} }: OfficeOptions): Promise<Office> {
  const folder = await makeTestFolder();
  const server = await startServer(serverOptions(bench, { data: `${folder.path}/data`, settings }));
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
