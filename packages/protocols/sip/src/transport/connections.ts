import type { Clock, Log } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { ConnectionState, SendTarget, TransportEvents } from "../agent/transport.ts";
import { Connection } from "./connection.ts";
import type { CountHappening } from "./happening.ts";
import type { Link } from "./link.ts";
import { sourceOf } from "./source.ts";

/** Bounds of a stream transport. */
export interface ConnectionLimits {
  /** Connections in all; 10,000. */
  readonly total: number;
  /** Connections of one source, which is an IPv4 address or an IPv6 network of 64 bits; 200. */
  readonly perSource: number;
  /** Connections of one source that have not yet brought a whole message, handshakes included; 30. */
  readonly silentPerSource: number;
  /** A new connection must bring a whole message within this, its handshake included, in milliseconds; 10,000. */
  readonly firstMessageMs: number;
  /** A message once begun must be complete within this, in milliseconds; 10,000. */
  readonly messageMs: number;
  /** A connection without a word from the peer is closed after this, in milliseconds; 900,000. */
  readonly idleMs: number;
  /** A WebSocket that is quiet for so long is asked for a sign, and closed when none comes in as long again, in milliseconds; 30,000. */
  readonly probeMs: number;
  /** A connection of ours must be open, its handshake done, within this, in milliseconds; 5,000. */
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
  probeMs: 30_000,
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
  readonly count: CountHappening;
}

const pong = new Uint8Array([13, 10]);

/** Connections that one source opened. */
interface Source {
  all: number;
  /** Those that have brought no message yet, oldest first. */
  readonly silent: Set<Connection>;
}

/**
 * All connections of one transport: bounded, watched, found by name or by the peer that was dialled. Where there are too
 * many, the oldest that has never said anything makes room: a phone speaks as soon as it is connected, while whoever
 * only holds connections open loses them first, and shuts out nobody behind the same address.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #byName = new Map<string, Connection>();
  readonly #dialled = new Map<string, Connection>();
  readonly #sources = new Map<string, Source>();
  /** Of all sources, oldest first. */
  readonly #silent = new Set<Connection>();
  #count = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get(name: string): Connection | undefined {
    return this.#byName.get(name);
  }

  describe(): readonly ConnectionState[] {
    const now = this.#options.clock.monotonic();
    return [...this.#byName.values()].map((connection) => connection.describe(now));
  }

  /** The connection to send over: the one preferred, else one that we dialled to that peer before. */
  find(to: SendTarget): Connection | undefined {
    return (to.connection === undefined ? undefined : this.get(to.connection)) ?? this.#dialled.get(peerKey(to));
  }

  /** Whether a peer at this address may open one more, for which the oldest silent one may have to go. */
  admits(address: string): boolean {
    const { limits, log, count } = this.#options;
    const source = this.#sources.get(sourceOf(address));
    const { all, silent } = source ?? { all: 0, silent: new Set<Connection>() };
    if (silent.size >= limits.silentPerSource || all >= limits.perSource) this.#dropOldest(silent);
    else if (this.#byName.size >= limits.total) this.#dropOldest(this.#silent);
    const isAdmitted = address !== "" && (source?.all ?? 0) < limits.perSource && this.#byName.size < limits.total;
    if (isAdmitted) return true;
    log.debug("SIP connection refused: too many", { address });
    count("connection-refused");
    return false;
  }

  /** Takes a connection that an admitted peer opened. */
  accept(link: Link): void {
    const connection = this.#hold(link, undefined);
    const source = this.#sources.get(connection.source) ?? { all: 0, silent: new Set() };
    source.all++;
    source.silent.add(connection);
    this.#silent.add(connection);
    this.#sources.set(connection.source, source);
  }

  /** Opens a connection; undefined when there are too many. */
  dial(to: SendTarget, open: () => Link): Connection | undefined {
    if (this.#byName.size >= this.#options.limits.total) return undefined;
    const connection = this.#hold(open(), to.host === undefined ? {} : { host: to.host });
    this.#dialled.set(peerKey(to), connection);
    return connection;
  }

  /** Closes all; resolves when the last is gone. */
  async close(): Promise<void> {
    const open = [...this.#byName.values()];
    for (const { link } of open) link.destroy();
    await Promise.all(open.map(({ gone }) => gone.promise));
  }

  #hold(link: Link, dialled: { readonly host?: string } | undefined): Connection {
    const { clock, limits, epoch } = this.#options;
    this.#count++;
    const begin = { dialled, now: clock.monotonic(), backlogBytes: limits.backlogBytes };
    const connection = new Connection(`${epoch}-${this.#count}`, link, begin);
    this.#byName.set(connection.name, connection);
    link.listen({
      onOpen: () => {
        connection.opened();
        this.#watch(connection);
      },
      onBytes: (bytes) => this.#read(connection, bytes),
      onAlive: () => this.#alive(connection),
      onGone: () => {
        this.#forget(connection);
        connection.gone.resolve();
      },
    });
    this.#watch(connection);
    return connection;
  }

  #read(connection: Connection, bytes: Uint8Array): void {
    const { framer, isGone } = connection.link;
    if (isGone || connection.isBroken) return;
    this.#alive(connection);
    const { frames, isBroken } = framer.push(bytes);
    for (const frame of frames) {
      if (frame.type === "ping") connection.send(pong);
      else {
        this.#heard(connection);
        this.#options.events.onMessage(frame.bytes, connection.flow);
      }
    }
    if (framer.held === 0) connection.beganAt = undefined;
    else if (connection.beganAt === undefined || frames.length > 0) {
      connection.beganAt = connection.heardAt;
      this.#watch(connection);
    }
    if (isBroken) this.#breakOff(connection, frames.at(-1)?.type === "message");
  }

  /** Nobody can tell where the next message starts. What is answered to the last one still goes out, and ends the connection. */
  #breakOff(connection: Connection, isAnswered: boolean): void {
    if (!isAnswered) return connection.link.end();
    connection.isBroken = true;
    connection.beganAt = connection.heardAt;
    this.#watch(connection);
  }

  #heard(connection: Connection): void {
    if (connection.hasSpoken) return;
    connection.hasSpoken = true;
    this.#silent.delete(connection);
    this.#sources.get(connection.source)?.silent.delete(connection);
    this.#watch(connection);
  }

  #alive(connection: Connection): void {
    connection.heardAt = this.#options.clock.monotonic();
    connection.probedAt = undefined;
  }

  /** One timer a connection: it looks again when the nearest bound would be passed. */
  #watch(connection: Connection): void {
    const { clock } = this.#options;
    connection.watch?.cancel();
    const left = this.#bound(connection) - clock.monotonic();
    if (left <= 0) connection.link.destroy();
    else connection.watch = clock.after(ms(Math.ceil(left)), () => this.#watch(connection));
  }

  /** Until when something must have come, by the monotonic clock. */
  #bound(connection: Connection): number {
    const { messageMs, dialMs, firstMessageMs } = this.#options.limits;
    const { openedAt, beganAt, isOpening, isDialled, hasSpoken } = connection;
    const message = beganAt === undefined ? Number.POSITIVE_INFINITY : beganAt + messageMs;
    if (isOpening) return openedAt + dialMs;
    if (!hasSpoken && !isDialled) return Math.min(message, openedAt + firstMessageMs);
    return Math.min(message, this.#quietUntil(connection));
  }

  /** How long the peer may be quiet; asks it for a sign when it is time to. */
  #quietUntil(connection: Connection): number {
    const { idleMs, probeMs } = this.#options.limits;
    const { heardAt, link, probedAt } = connection;
    if (link.probe === undefined) return heardAt + idleMs;
    if (probedAt !== undefined) return probedAt + probeMs;
    const now = this.#options.clock.monotonic();
    if (now < heardAt + probeMs) return heardAt + probeMs;
    link.probe();
    connection.probedAt = now;
    return now + probeMs;
  }

  /** Ends the one that has been silent for longest, and forgets it before its end is told. */
  #dropOldest(silent: ReadonlySet<Connection>): void {
    const [oldest] = silent;
    if (oldest === undefined) return;
    this.#options.log.debug("SIP connection dropped: too many say nothing", { address: oldest.link.remote.address });
    this.#options.count("connection-dropped");
    oldest.link.destroy();
    this.#forget(oldest);
  }

  /** Forgets a connection that is gone or going; the second time there is nothing to forget. */
  #forget(connection: Connection): void {
    if (!this.#byName.delete(connection.name)) return;
    const { flow } = connection;
    connection.watch?.cancel();
    const key = peerKey(flow);
    if (this.#dialled.get(key) === connection) this.#dialled.delete(key);
    this.#silent.delete(connection);
    const source = connection.isDialled ? undefined : this.#sources.get(connection.source);
    if (source !== undefined) {
      source.all--;
      source.silent.delete(connection);
      if (source.all === 0) this.#sources.delete(connection.source);
    }
    if (connection.isOpening) this.#options.count("dial-failed");
    connection.fail();
    this.#options.events.onClosed(flow);
  }
}

const peerKey = ({ remote: { address, port }, host = "" }: SendTarget): string => `${address} ${port} ${host}`;
