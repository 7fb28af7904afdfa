import type { Socket } from "node:net";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { within } from "../acceptance/until.ts";

/** Many clients of one live stream, that do nothing but see when an event is there. */
export interface Crowd {
  /** Settles with the time from the event's `at` to its arrival at each client, in milliseconds. */
  nextEvent(): Promise<readonly number[]>;
  close(): void;
}

const AT_ONCE = 40;
const PATIENCE_MS = 20_000;
const OVERLOAD_PAUSE_MS = 500;

/** The wall clock with its fraction of a millisecond: the server's `at` is of the same clock. */
const wallClock = (): number => performance.timeOrigin + performance.now();

/** Connects `size` clients to `/events`; each gets one of the keys. */
export async function gather(origin: string, size: number, keys: readonly string[]): Promise<Crowd> {
  const sockets: Socket[] = [];
  let arrivals: number[] = [];
  let everybody = Promise.withResolvers<void>();
  const onEvent = (at: number): void => {
    arrivals.push(wallClock() - at);
    if (arrivals.length === size) everybody.resolve();
  };
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  let joined = 0;
  const line = async (): Promise<void> => {
    for (let index = joined++; index < size; index = joined++) {
      const join = (): Promise<Socket | "overloaded"> => joinOnce(origin, keys[index % keys.length], onEvent);
      let socket = await join();
      while (socket === "overloaded") {
        await pause(OVERLOAD_PAUSE_MS);
        socket = await join();
      }
      sockets.push(socket);
    }
  };
  try {
    await within(`${size} clients to connect`, 120_000, Promise.all(Array.from({ length: AT_ONCE }, line)));
  } catch (fault) {
    close();
    throw fault;
  }
  return {
    async nextEvent() {
      arrivals = [];
      everybody = Promise.withResolvers();
      await within(`an event at ${size} clients`, PATIENCE_MS, everybody.promise);
      return arrivals;
    },
    close,
  };
}

const EVENT = Buffer.from('{"type":"event"');
const AT = /"at":"([^"]+)"/;

/** One client. What comes is looked at as little as can be, because all of them share one core with each other. */
function joinOnce(
  origin: string,
  key: string | undefined,
  onEvent: (at: number) => void,
): Promise<Socket | "overloaded"> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const auth = key === undefined ? "" : `x-api-key: ${key}\r\n`;
  socket.write(
    `GET /events?topics=config HTTP/1.1\r\nhost: ${host}\r\n${auth}connection: Upgrade\r\nupgrade: websocket\r\n` +
      "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  socket.on("data", (bytes) => {
    const start = bytes.indexOf(EVENT);
    if (start >= 0) onEvent(Date.parse(AT.exec(bytes.toString("latin1", start, start + 160))?.[1] ?? ""));
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (head) => {
      const status = head.toString("latin1", 9, 12);
      if (status === "101") return resolve(socket);
      socket.destroy();
      if (status === "503") resolve("overloaded");
      else reject(new Error(`the stream was refused: ${head.toString("latin1")}`));
    });
  });
}
