import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import type { Clock, Log, Random } from "@cordboard/kernel";
import { clockOf, ok, PlatformError, randomHex, randomOf, refused, silentLog } from "@cordboard/kernel";
import { addressFamily, defaultPort } from "../agent/address.ts";
import type { Endpoint } from "../agent/flow.ts";
import type { SendTarget, SipTransport } from "../agent/transport.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionLimits } from "./connections.ts";
import { Connections, defaultConnectionLimits } from "./connections.ts";
import type { CountHappening } from "./happening.ts";
import type { Link } from "./link.ts";
import { LocalAddress } from "./local-address.ts";
import { peerOfSocket } from "./socket-link.ts";

/** What TCP and TLS are both made of. */
export interface StreamOptions {
  /** Numeric address to bind, such as `0.0.0.0` or `::`. */
  readonly address: string;
  /** 0 asks for any free port; `off` takes no connections and only opens its own. */
  readonly port: number | "off";
  /** Address that peers outside private ranges are told; the kernel's choice unless said otherwise. */
  readonly publicAddress?: string | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** Silence after which the kernel asks whether the peer is still there, in milliseconds; 60,000 unless said otherwise. */
  readonly keepAliveMs?: number | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly count?: CountHappening | undefined;
}

/** What every socket is told. */
interface SocketSettings {
  readonly noDelay: true;
  readonly keepAlive: true;
  readonly keepAliveInitialDelay: number;
}

/** What a socket of ours is opened with. */
export interface DialSettings extends SocketSettings {
  readonly host: string;
  readonly port: number;
  /** Where it comes from: the address that is listened on, unless that is every one. */
  readonly localAddress?: string;
}

/** What tells one kind of stream from the other. */
export interface StreamKind {
  readonly name: "tcp" | "tls";
  /** Makes a link of a socket that a peer opened. */
  accept(socket: Socket, remote: Endpoint): Link;
  /** Opens a link of our own. */
  dial(to: SendTarget, settings: DialSettings): Link;
}

/** SIP over a stream: a listener, and connections that we open ourselves. */
export function streamTransport(kind: StreamKind, options: StreamOptions): SipTransport {
  const family = addressFamily(options.address) === 6 ? 6 : 4;
  const { count = () => {} } = options;
  const log = options.log ?? silentLog;
  const clock = options.clock ?? clockOf(globalThis);
  const addresses = new LocalAddress({ clock, publicAddress: options.publicAddress });
  const epoch = randomHex(options.random ?? randomOf(globalThis), 6);
  const limits = { ...defaultConnectionLimits, ...options.limits };
  const settings: SocketSettings = {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: options.keepAliveMs ?? 60_000,
  };
  let server: Server | undefined;
  let connections: Connections | undefined;
  let bound: Endpoint = { address: options.address, port: defaultPort(kind.name) };

  const from = options.address === "0.0.0.0" || options.address === "::" ? {} : { localAddress: options.address };
  const reach = (to: SendTarget): Connection | undefined =>
    connections?.find(to) ??
    connections?.dial(to, () => kind.dial(to, { ...settings, ...from, host: to.remote.address, port: to.remote.port }));

  return {
    name: kind.name,
    isReliable: true,
    family,
    async open(events) {
      const held = new Connections({ clock, log, limits, epoch, events, count });
      const { address, port } = options;
      if (port !== "off") {
        server = createServer(settings, (socket) => takeIn(socket, kind, held));
        bound = await listen(server, { name: kind.name, address, port, family });
        server.on("error", (cause) => log.warn("SIP listener failed", { cause }));
        log.info(`SIP over ${kind.name.toUpperCase()} listens`, { address: bound.address, port: bound.port });
      }
      connections = held;
      return port === "off" ? undefined : bound;
    },
    connect: (to) => reach(to)?.name,
    send(bytes, to, report) {
      if (connections === undefined) return refused("closed");
      const connection = reach(to);
      if (connection === undefined) return refused("limit");
      return connection.send(bytes, report) ? ok(undefined) : refused("backlog");
    },
    localTowards(remote, name) {
      const address = name === undefined ? undefined : connections?.get(name)?.link.local.address;
      return addresses.towards(address === undefined || address === "" ? bound : { ...bound, address }, remote);
    },
    isOpen: (name) => connections?.get(name) !== undefined,
    connections: () => connections?.describe() ?? [],
    async close() {
      const [closingServer, closing] = [server, connections];
      server = undefined;
      connections = undefined;
      const stopped = closingServer === undefined ? undefined : stop(closingServer);
      await closing?.close();
      await stopped;
    },
  };
}

function takeIn(socket: Socket, kind: StreamKind, connections: Connections): void {
  const remote = peerOfSocket(socket);
  if (connections.admits(remote.address)) return connections.accept(kind.accept(socket, remote));
  socket.on("error", () => {});
  socket.destroy();
}

interface Place extends Endpoint {
  readonly name: string;
  readonly family: 4 | 6;
}

function listen(server: Server, { name, address, port, family }: Place): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new PlatformError("bind-failed", `cannot listen on ${name.toUpperCase()} ${address} port ${port}`, cause));
    server.once("error", fail);
    server.listen({ host: address, port, ipv6Only: family === 6, backlog: 1024 }, () => {
      server.off("error", fail);
      const bound = server.address();
      if (bound === null || typeof bound === "string") fail(bound);
      else resolve({ address: bound.address, port: bound.port });
    });
  });
}

const stop = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
