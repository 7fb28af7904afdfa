import type { Socket } from "node:net";
import { connect } from "node:net";
import type { Clock, Log, Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Endpoint, Flow } from "../agent/flow.ts";
import type { SendRefusal, SendTarget, TransportEvents } from "../agent/transport.ts";
import { StreamFramer } from "../message/stream-framer.ts";

/** Bounds of a stream transport. */
export interface ConnectionLimits {
  /** Connections in all; 10,000. */
  readonly total: number;
  /** Connections of one source address; 200. */
  readonly perSource: number;
  /** Connections of one source address that have not yet brought a whole message; 30. */
  readonly silentPerSource: number;
  /** A new connection must bring a whole message within this, in milliseconds; 10,000. */
  readonly firstMessageMs: number;
  /** A message once begun must be complete within this, in milliseconds; 10,000. */
  readonly messageMs: number;
  /** A connection without a word from the peer is closed after this, in milliseconds; 900,000. */
  readonly idleMs: number;
  /** A connection of ours must be open within this, in milliseconds; 5,000. */
  readonly dialMs: number;
  /** Bytes that may wait for a slow peer; 1 MiB. */
  readonly backlogBytes: number;
}

/** The bounds named at {@link ConnectionLimits}. */
export const defaultConnectionLimits: ConnectionLimits = {
  total: 10_000,
  perSource: 200,
  silentPerSource: 30,
  firstMessageMs: 10_000,
  messageMs: 10_000,
  idleMs: 900_000,
  dialMs: 5_000,
  backlogBytes: 1_048_576,
};

/** What connections are made of. */
export interface ConnectionsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: ConnectionLimits;
  /** Start of every connection's name. */
  readonly epoch: string;
  readonly events: TransportEvents;
}

const pong = new Uint8Array([13, 10]);

/** One connection with its framer. */
class Connection {
  readonly name: string;
  readonly remote: Endpoint;
  readonly socket: Socket;
  readonly isDialled: boolean;
  readonly framer: StreamFramer = new StreamFramer();
  readonly #backlogBytes: number;
  readonly #reports = new Set<(refusal: SendRefusal) => void>();
  isConnected: boolean;
  hasSpoken = false;
  readonly openedAt: number;
  /** When the peer was last heard, by the monotonic clock. */
  heardAt: number;
  /** Since when a message is incomplete; undefined when none is. */
  beganAt: number | undefined;
  watch: Timer | undefined;

  constructor(
    name: string,
    socket: Socket,
    begin: {
      readonly remote: Endpoint;
      readonly isDialled: boolean;
      readonly now: number;
      readonly backlogBytes: number;
    },
  ) {
    this.name = name;
    this.socket = socket;
    this.remote = begin.remote;
    this.isDialled = begin.isDialled;
    this.isConnected = !begin.isDialled;
    this.heardAt = begin.now;
    this.openedAt = begin.now;
    this.#backlogBytes = begin.backlogBytes;
  }

  get flow(): Flow {
    const local = { address: plain(this.socket.localAddress ?? ""), port: this.socket.localPort ?? 0 };
    return { transport: "tcp", local, remote: this.remote, connection: this.name };
  }

  /** Writes a message; false when the peer takes too little. */
  send(bytes: Uint8Array, report: ((refusal: SendRefusal) => void) | undefined): boolean {
    if (this.socket.destroyed || this.socket.writableLength + bytes.length > this.#backlogBytes) return false;
    if (report === undefined || this.isConnected) this.socket.write(bytes);
    else {
      this.#reports.add(report);
      this.socket.write(bytes, () => this.#reports.delete(report));
    }
    return true;
  }

  /** Tells those whose bytes never left. */
  fail(): void {
    const reports = [...this.#reports];
    this.#reports.clear();
    for (const report of reports) report("unreachable");
  }
}

/** All connections of one stream transport: bounded, watched, found by name or by the peer that was dialled. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #byName = new Map<string, Connection>();
  readonly #dialled = new Map<string, Connection>();
  readonly #perSource = new Map<string, { all: number; silent: number }>();
  #count = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  flows(): readonly Flow[] {
    return [...this.#byName.values()].map(({ flow }) => flow);
  }

  /** The connection to send over: the one preferred, else one that we dialled to that peer before. */
  find({ connection, remote }: SendTarget): Connection | undefined {
    return (connection === undefined ? undefined : this.#byName.get(connection)) ?? this.#dialled.get(peerKey(remote));
  }

  /** Takes a connection that a peer opened, or closes it at once when there are too many. */
  accept(socket: Socket): void {
    const { limits, log } = this.#options;
    const remote = { address: plain(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    const source = this.#perSource.get(remote.address);
    const isTooMany =
      this.#byName.size >= limits.total ||
      (source !== undefined && (source.all >= limits.perSource || source.silent >= limits.silentPerSource));
    if (isTooMany || remote.address === "") {
      log.debug("SIP connection refused: too many", { address: remote.address });
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    this.#hold(socket, remote, false);
  }

  /** Opens a connection; undefined when there are too many. */
  dial(remote: Endpoint): Connection | undefined {
    if (this.#byName.size >= this.#options.limits.total) return undefined;
    const socket = connect({ host: remote.address, port: remote.port, noDelay: true });
    const connection = this.#hold(socket, remote, true);
    this.#dialled.set(peerKey(remote), connection);
    const deadline = this.#options.clock.after(ms(this.#options.limits.dialMs), () => socket.destroy());
    socket.once("connect", () => {
      deadline.cancel();
      connection.isConnected = true;
    });
    socket.once("close", () => deadline.cancel());
    return connection;
  }

  /** Closes all; resolves when the last socket is gone. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#byName.values()].map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            socket.once("close", () => resolve());
            socket.destroy();
          }),
      ),
    );
  }

  #hold(socket: Socket, remote: Endpoint, isDialled: boolean): Connection {
    const { clock, limits, epoch } = this.#options;
    this.#count++;
    const begin = { remote, isDialled, now: clock.monotonic(), backlogBytes: limits.backlogBytes };
    const connection = new Connection(`${epoch}-${this.#count}`, socket, begin);
    this.#byName.set(connection.name, connection);
    if (!isDialled) {
      const source = this.#perSource.get(remote.address) ?? { all: 0, silent: 0 };
      source.all++;
      source.silent++;
      this.#perSource.set(remote.address, source);
    }
    socket.on("data", (chunk) => this.#read(connection, chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#drop(connection));
    this.#watch(connection);
    return connection;
  }

  #read(connection: Connection, chunk: Uint8Array): void {
    const now = this.#options.clock.monotonic();
    connection.heardAt = now;
    const { frames, isBroken } = connection.framer.push(chunk);
    for (const frame of frames) {
      if (frame.type === "ping") connection.send(pong, undefined);
      else {
        this.#heard(connection);
        this.#options.events.onMessage(frame.bytes, connection.flow);
      }
    }
    if (connection.framer.held === 0) connection.beganAt = undefined;
    else if (connection.beganAt === undefined || frames.length > 0) {
      connection.beganAt = now;
      this.#watch(connection);
    }
    // What was answered to the last frame still goes out before the end.
    if (isBroken) connection.socket.end();
  }

  #heard(connection: Connection): void {
    if (connection.hasSpoken) return;
    connection.hasSpoken = true;
    const source = connection.isDialled ? undefined : this.#perSource.get(connection.remote.address);
    if (source !== undefined) source.silent--;
    this.#watch(connection);
  }

  /** One timer a connection: it looks again when the nearest bound would be passed. */
  #watch(connection: Connection): void {
    const { clock, limits } = this.#options;
    connection.watch?.cancel();
    const { openedAt, heardAt, beganAt } = connection;
    const isSilent = !connection.hasSpoken && !connection.isDialled;
    const bounds = [isSilent ? openedAt + limits.firstMessageMs : heardAt + limits.idleMs];
    if (beganAt !== undefined) bounds.push(beganAt + limits.messageMs);
    const left = Math.min(...bounds) - clock.monotonic();
    if (left <= 0) connection.socket.destroy();
    else connection.watch = clock.after(ms(Math.ceil(left)), () => this.#watch(connection));
  }

  #drop(connection: Connection): void {
    const { remote, name, isDialled } = connection;
    connection.watch?.cancel();
    const flow = connection.flow;
    this.#byName.delete(name);
    if (this.#dialled.get(peerKey(remote)) === connection) this.#dialled.delete(peerKey(remote));
    const source = isDialled ? undefined : this.#perSource.get(remote.address);
    if (source !== undefined) {
      source.all--;
      if (!connection.hasSpoken) source.silent--;
      if (source.all === 0) this.#perSource.delete(remote.address);
    }
    connection.fail();
    this.#options.events.onClosed(flow);
  }
}

const peerKey = ({ address, port }: Endpoint): string => `${address} ${port}`;

/** IPv4 addresses without their IPv6 clothes. */
const plain = (address: string): string =>
  address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
