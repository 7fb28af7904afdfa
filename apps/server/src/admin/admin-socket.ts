import { chmod, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:http";
import type { Log, Result } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import type { Administration } from "./administration.ts";
import { runAdminCommand } from "./commands.ts";
import type { CommandRefusal } from "./refusal.ts";
import { adminSocketPath } from "./socket-path.ts";

/** The command line's way to a running server: a Unix socket that only its owner can open. */
export interface AdminSocket {
  close(): Promise<void>;
}

/** A prompt as base64, and some more. */
const LARGEST_INPUT = 4 * 1024 * 1024;
const LARGEST_ANSWER = 64 * 1024 * 1024;
const CLIENT_DEADLINE_MS = 60_000;

/** Opens `<data>/admin.sock`. The caller holds the data folder's lock, so an old socket there is nobody's. */
export async function openAdminSocket(
  dataFolder: string,
  administration: Administration,
  log: Log,
): Promise<AdminSocket> {
  const socket = await adminSocketPath(dataFolder);
  await rm(socket.path, { force: true });
  const server = createServer((incoming, answer) => {
    void serve(incoming, answer, administration).catch((fault: unknown) => {
      log.error("an administrative command failed", { fault });
      send(answer, refused({ code: "internal", why: "the server could not do it; its log says why" }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket.path, resolve);
  });
  await chmod(socket.path, 0o600);
  return {
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await rm(socket.path, { force: true });
      await socket.release();
    },
  };
}

async function serve(incoming: IncomingMessage, answer: ServerResponse, to: Administration): Promise<void> {
  const text = await bodyOf(incoming, LARGEST_INPUT);
  const name = (incoming.url ?? "/").slice(1);
  send(answer, text === undefined ? refused(tooLarge) : await runAdminCommand(to, name, JSON.parse(text || "{}")));
}

const tooLarge: CommandRefusal = { code: "bad-input", why: "the input is too large" };

function send(answer: ServerResponse, result: Result<unknown, CommandRefusal>): void {
  if (answer.headersSent) return;
  answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
}

/**
 * Asks the server of this data folder; `undefined` when none runs there.
 */
export async function askServer(
  dataFolder: string,
  name: string,
  input: unknown,
): Promise<Result<unknown, CommandRefusal> | undefined> {
  const socket = await adminSocketPath(dataFolder).catch(() => undefined);
  if (socket === undefined) return undefined;
  try {
    return await new Promise((resolve, reject) => {
      const asking = request({
        socketPath: socket.path,
        path: `/${name}`,
        method: "POST",
        timeout: CLIENT_DEADLINE_MS,
      });
      asking.once("timeout", () => asking.destroy(new Error("the server does not answer")));
      asking.once("error", (error: NodeJS.ErrnoException) => {
        // No socket, or one that a killed server left: nobody is there.
        if (error.code === "ENOENT" || error.code === "ECONNREFUSED" || error.code === "ENOTDIR") resolve(undefined);
        else reject(error);
      });
      asking.once("response", (response) => {
        bodyOf(response, LARGEST_ANSWER).then(
          (text) =>
            resolve(text === undefined ? refused(tooLarge) : (JSON.parse(text) as Result<unknown, CommandRefusal>)),
          reject,
        );
      });
      asking.end(JSON.stringify(input));
    });
  } finally {
    await socket.release();
  }
}

/** The whole body as text, or `undefined` when it is larger than `limit` bytes. */
async function bodyOf(stream: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > limit) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
