import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const HOST = "127.0.0.1";
const ATTEMPTS = 200;
/** Above the ports of sound, and below those that systems name themselves to programs that ask for any. */
const [LOWEST, HIGHEST] = [20_000, 32_000] as const;

/**
 * A port of this machine that is free for UDP and TCP, and whose next `more` ports are too. Only a program that names the same one may
 * be quicker than the one that it is meant for; peers that take a port by number leave no better way.
 */
export async function freePorts(more = 0): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = randomInt(LOWEST, HIGHEST);
    const all = Array.from({ length: more + 1 }, (_, index) => first + index);
    const are = await Promise.all(all.map(isFree));
    if (are.every(Boolean)) return first;
  }
  throw new Error(`no ${more + 1} free ports in a row were found`);
}

/** Whether the port can be bound for both; it is let go again. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, HOST, resolve);
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, HOST, resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
