import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const HOST = "127.0.0.1";
const ATTEMPTS = 50;

/**
 * A port of this machine that is free for UDP and TCP, and whose next `more` ports are too: the system names one, the rest are tried.
 * Another program may be quicker than the one that it is meant for; peers that take a port by number leave no better way.
 */
export async function freePorts(more = 0): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const first = await bound(0);
    if (first === undefined) continue;
    const rest = Array.from({ length: more }, (_, index) => first + index + 1);
    const are = await Promise.all(rest.map((port) => bound(port)));
    if (are.every((port) => port !== undefined)) return first;
  }
  throw new Error(`no ${more + 1} free ports in a row were found`);
}

/** The port, once it has been bound for both and let go; `undefined` when it is taken. */
async function bound(wanted: number): Promise<number | undefined> {
  const server = createServer();
  const socket = createSocket("udp4");
  try {
    const port = await new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(wanted, HOST, () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, HOST, resolve);
    });
    return port;
  } catch {
    return undefined;
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
