import type { Socket } from "node:net";
import { connect } from "node:net";

/** How a stream came to its end. */
export type StreamEnd =
  /** We cut it; `isInsideFrame` when what had come ended in the middle of one. */
  | { readonly kind: "cut"; readonly isInsideFrame: boolean }
  | { readonly kind: "closed"; readonly code: number }
  | { readonly kind: "refused"; readonly answer: string }
  | { readonly kind: "lost" };

/** A WebSocket client on a bare TCP connection, so that it can be cut after any byte and can stop reading. */
export interface StreamClient {
  readonly ended: Promise<StreamEnd>;
  /** Stops reading, as a program does that hangs. */
  pause(): void;
  resume(): void;
  /** Drops the connection. */
  close(): Promise<StreamEnd>;
}

/** What {@link openStream} connects with. */
export interface StreamOptions {
  /** `http://127.0.0.1:8080`. */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly onText: (text: string) => void;
  /** Bytes, those of the handshake included, after which the connection is cut and the rest thrown away. */
  readonly cutAfter?: number | undefined;
  /** Address of this machine to come from. */
  readonly from?: string;
}

const HEAD_END = "\r\n\r\n";
const [TEXT, CLOSE, PING, PONG] = [1, 8, 9, 10];

/** Connects to a live stream. Whatever happens to it shows in `ended`, which never rejects. */
export function openStream(options: StreamOptions): StreamClient {
  const { hostname, port, host } = new URL(options.origin);
  const from = options.from === undefined ? {} : { localAddress: options.from };
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, ...from });
  const lines = Object.entries({ host, ...options.headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write(
    `GET ${options.path} HTTP/1.1\r\n${lines.join("\r\n")}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==${HEAD_END}`,
  );
  return new Client(socket, options);
}

class Client implements StreamClient {
  readonly ended: Promise<StreamEnd>;
  readonly #socket: Socket;
  readonly #onText: (text: string) => void;
  #left: number;
  #got: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #end: StreamEnd | undefined;

  constructor(socket: Socket, { onText, cutAfter = Number.POSITIVE_INFINITY }: StreamOptions) {
    this.#socket = socket;
    this.#onText = onText;
    this.#left = cutAfter;
    const ended = Promise.withResolvers<StreamEnd>();
    this.ended = ended.promise;
    socket.on("error", () => {});
    socket.on("data", (bytes) => this.#take(bytes));
    socket.once("close", () => ended.resolve(this.#end ?? { kind: "lost" }));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): Promise<StreamEnd> {
    this.#endAs({ kind: "cut", isInsideFrame: false });
    return this.ended;
  }

  #endAs(end: StreamEnd): void {
    this.#end ??= end;
    this.#socket.resetAndDestroy();
  }

  #take(bytes: Buffer): void {
    if (this.#end !== undefined) return;
    this.#got = Buffer.concat([this.#got, bytes.subarray(0, this.#left)]);
    this.#left -= bytes.length;
    if (!this.#isOpen) this.#readHead();
    if (this.#isOpen) this.#readFrames();
    if (this.#left <= 0) this.#endAs({ kind: "cut", isInsideFrame: this.#isOpen && this.#got.length > 0 });
  }

  #readHead(): void {
    const end = this.#got.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#got.subarray(0, end).toString("latin1");
    if (!head.startsWith("HTTP/1.1 101 ")) return this.#endAs({ kind: "refused", answer: head });
    this.#isOpen = true;
    this.#got = this.#got.subarray(end + HEAD_END.length);
  }

  #readFrames(): void {
    for (let frame = readFrame(this.#got); frame !== undefined; frame = readFrame(this.#got)) {
      this.#got = this.#got.subarray(frame.length);
      if (frame.opcode === TEXT) this.#onText(frame.payload.toString());
      else if (frame.opcode === PING) this.#socket.write(masked(PONG ?? 0, frame.payload));
      else if (frame.opcode === CLOSE) this.#endAs({ kind: "closed", code: frame.payload.readUInt16BE(0) });
    }
  }
}

interface WireFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Bytes of the whole frame. */
  readonly length: number;
}

/** The first frame of what has come, once it is whole: unmasked and unfragmented, as servers send. @rfc 6455#5.2 */
function readFrame(got: Buffer): WireFrame | undefined {
  const [first = 0, second = 0] = got;
  const header = second < 126 ? 2 : second === 126 ? 4 : 10;
  if (got.length < header) return undefined;
  const size = header === 2 ? second : header === 4 ? got.readUInt16BE(2) : Number(got.readBigUInt64BE(2));
  if (got.length < header + size) return undefined;
  return { opcode: first & 15, payload: got.subarray(header, header + size), length: header + size };
}

/** A short client's frame, masked by zeros, which leaves the payload as it is. */
const masked = (opcode: number, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0), payload]);
