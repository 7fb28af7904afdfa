import type { Socket } from "node:net";
import { connect } from "node:net";
import { within } from "../acceptance/until.ts";

/** Many clients of one live stream, that do nothing but see when an event is there. */
export interface Crowd {
  /** Settles with the time from the event's `at` to its arrival at each client, in milliseconds. */
  nextEvent(): Promise<readonly number[]>;
  close(): void;
}

const AT_ONCE = 40;
const PATIENCE_MS = 20_000;

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
  const line = async (): Promise<void> => {
    while (sockets.length < size) {
      const joined = join(origin, keys[sockets.length % keys.length], onEvent);
      sockets.push(joined.socket);
      await joined.open;
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
function join(
  origin: string,
  key: string | undefined,
  onEvent: (at: number) => void,
): { readonly socket: Socket; readonly open: Promise<void> } {
  const { hostname, port, host } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const auth = key === undefined ? "" : `x-api-key: ${key}\r\n`;
  socket.write(
    `GET /events?topics=config HTTP/1.1\r\nhost: ${host}\r\n${auth}connection: Upgrade\r\nupgrade: websocket\r\n` +
      "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const open = new Promise<void>((resolve, reject) => {
    socket.once("data", (head) => {
      const status = head.toString("latin1", 0, 12);
      if (status === "HTTP/1.1 101") resolve();
      else reject(new Error(`the stream was refused: ${head.toString("latin1")}`));
    });
    socket.once("error", reject);
  });
  socket.on("data", (bytes) => {
    const start = bytes.indexOf(EVENT);
    if (start >= 0) onEvent(Date.parse(AT.exec(bytes.toString("latin1", start, start + 160))?.[1] ?? ""));
  });
  return { socket, open };
}
