import type { Socket } from "node:net";
import { connect } from "node:net";

/** A WebSocket client that sees each byte, so that it can be cut anywhere and can stop reading. */
export interface RawWebSocket {
  /** Text frames so far, oldest first. */
  readonly texts: readonly string[];
  /** Settles with the close code, or `cut` when the connection ended without one. */
  readonly closed: Promise<number | "cut">;
  /** Settles when a text frame fits. */
  until(fits: (text: string) => boolean): Promise<string>;
  /** Settles when the server has read all that was sent: it has answered a ping. */
  heard(): Promise<void>;
  send(bytes: Uint8Array): void;
  sendText(text: string): void;
  pause(): void;
  resume(): void;
  /** Cuts the connection when `bytes` more have come: most often inside a frame. */
  cutAfter(bytes: number): void;
  destroy(): void;
}

/** What the server said in place of an upgrade. */
export class RefusedUpgrade extends Error {
  readonly answer: string;

  constructor(answer: string) {
    super(answer.slice(0, answer.indexOf("\r\n")));
    this.answer = answer;
  }
}

/** Connects and shakes hands; rejects with {@link RefusedUpgrade} when the server does not. */
export async function openWebSocket(options: {
  readonly port: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly socket?: Socket;
  /** Called with each text frame as it comes. */
  readonly onText?: (text: string) => void;
}): Promise<RawWebSocket> {
  const { port, path = "/events", headers = {}, onText } = options;
  const socket = options.socket ?? connect(port, "127.0.0.1");
  const lines = Object.entries({ host: `localhost:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write(
    `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  socket.on("error", () => {});
  const rest = await handshake(socket);
  return speak(socket, rest, onText);
}

function handshake(socket: Socket): Promise<Buffer> {
  return new Promise((settle, fail) => {
    let got = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      got = Buffer.concat([got, chunk]);
      const end = got.indexOf("\r\n\r\n");
      if (end < 0 || !got.toString("latin1").startsWith("HTTP/1.1 101 ")) return;
      socket.off("data", onData);
      socket.off("close", onClose);
      settle(got.subarray(end + 4));
    };
    const onClose = (): void => fail(new RefusedUpgrade(got.toString()));
    socket.on("data", onData);
    socket.once("close", onClose);
  });
}

function speak(socket: Socket, first: Buffer, onText: ((text: string) => void) | undefined): RawWebSocket {
  const texts: string[] = [];
  const waiting = new Set<() => void>();
  const pongs: (() => void)[] = [];
  const closed = Promise.withResolvers<number | "cut">();
  let got = Buffer.alloc(0);
  let left = Number.POSITIVE_INFINITY;

  function take(chunk: Buffer): void {
    got = Buffer.concat([got, chunk.subarray(0, Math.min(chunk.length, left))]);
    left -= chunk.length;
    for (let frame = readFrame(got); frame !== undefined; frame = readFrame(got)) {
      got = got.subarray(frame.length);
      if (frame.opcode === 8) {
        closed.resolve(frame.payload.readUInt16BE(0));
        socket.end(masked(8, frame.payload));
      } else if (frame.opcode === 9) socket.write(masked(10, frame.payload));
      else if (frame.opcode === 10) pongs.shift()?.();
      else if (frame.opcode === 1) {
        texts.push(frame.payload.toString());
        onText?.(frame.payload.toString());
      }
    }
    for (const look of waiting) look();
    if (left <= 0) socket.resetAndDestroy();
  }
  socket.on("data", take);
  socket.once("close", () => closed.resolve("cut"));
  take(first);

  return {
    texts,
    closed: closed.promise,
    until: (fits) =>
      new Promise((settle, fail) => {
        let seen = 0;
        const look = (): void => {
          for (; seen < texts.length; seen++) {
            const text = texts[seen];
            if (text === undefined || !fits(text)) continue;
            waiting.delete(look);
            settle(text);
            return;
          }
        };
        waiting.add(look);
        closed.promise.then((code) => fail(new Error(`closed (${code}) while waiting; last: ${texts.at(-1)}`)), fail);
        look();
      }),
    heard: () =>
      new Promise((heard) => {
        pongs.push(heard);
        socket.write(masked(9, new Uint8Array(0)));
      }),
    send: (bytes) => socket.write(bytes),
    sendText: (text) => socket.write(masked(1, Buffer.from(text))),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cutAfter(bytes) {
      left = bytes;
    },
    destroy: () => socket.destroy(),
  };
}

interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly length: number;
}

function readFrame(got: Buffer): RawFrame | undefined {
  const second = got[1];
  if (second === undefined) return undefined;
  const header = second < 126 ? 2 : second === 126 ? 4 : 10;
  if (got.length < header) return undefined;
  const size = header === 2 ? second : header === 4 ? got.readUInt16BE(2) : Number(got.readBigUInt64BE(2));
  if (got.length < header + size) return undefined;
  return { opcode: (got[0] ?? 0) & 15, payload: got.subarray(header, header + size), length: header + size };
}

/** A client's frame: masked, here by zeros, which leaves the payload as it is. */
export function masked(opcode: number, payload: Uint8Array): Buffer {
  const size =
    payload.length < 126
      ? Buffer.of(0x80 | payload.length)
      : Buffer.of(0x80 | 126, payload.length >> 8, payload.length & 255);
  return Buffer.concat([Buffer.of(0x80 | opcode), size, Buffer.alloc(4), payload]);
}
