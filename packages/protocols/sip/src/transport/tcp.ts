import type { Server } from "node:net";
import { createServer } from "node:net";
import type { Clock, Log, Random } from "@cordboard/kernel";
import { clockOf, ok, PlatformError, randomHex, randomOf, refused, silentLog } from "@cordboard/kernel";
import { addressFamily } from "../agent/address.ts";
import type { Endpoint } from "../agent/flow.ts";
import type { SipTransport, TransportEvents } from "../agent/transport.ts";
import type { ConnectionLimits } from "./connections.ts";
import { Connections, defaultConnectionLimits } from "./connections.ts";
import { LocalAddress } from "./local-address.ts";

/** What a TCP listener is made of. */
export interface TcpOptions {
  /** Numeric address to bind, such as `0.0.0.0` or `::`. */
  readonly address: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** Address that peers outside private ranges are told; the kernel's choice unless said otherwise. */
  readonly publicAddress?: string | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** SIP over TCP: a listener, and connections that we open ourselves. */
export function tcpTransport(options: TcpOptions): SipTransport {
  const family = addressFamily(options.address) === 6 ? 6 : 4;
  const log = options.log ?? silentLog;
  const clock = options.clock ?? clockOf(globalThis);
  const addresses = new LocalAddress({ clock, publicAddress: options.publicAddress });
  const epoch = randomHex(options.random ?? randomOf(globalThis), 6);
  const limits = { ...defaultConnectionLimits, ...options.limits };
  let server: Server | undefined;
  let connections: Connections | undefined;
  let bound: Endpoint = { address: options.address, port: options.port };

  return {
    name: "tcp",
    isReliable: true,
    family,
    async open(events: TransportEvents) {
      const held = new Connections({ clock, log, limits, epoch, events });
      const listening = createServer({ noDelay: true }, (socket) => held.accept(socket));
      bound = await listen(listening, options, family);
      server = listening;
      connections = held;
      listening.on("error", (cause) => log.warn("SIP listener failed", { cause }));
      log.info("SIP over TCP listens", { address: bound.address, port: bound.port });
      return bound;
    },
    send(bytes, to, report) {
      const held = connections;
      if (held === undefined) return refused("closed");
      const connection = held.find(to) ?? held.dial(to.remote);
      if (connection === undefined) return refused("limit");
      return connection.send(bytes, report) ? ok(undefined) : refused("backlog");
    },
    localTowards: (remote) => addresses.towards(bound, remote),
    isOpen: (connection) => connections?.has(connection) === true,
    connections: () => connections?.flows() ?? [],
    async close() {
      const [closingServer, closing] = [server, connections];
      server = undefined;
      connections = undefined;
      const stopped = new Promise<void>((resolve) => {
        if (closingServer === undefined) resolve();
        else closingServer.close(() => resolve());
      });
      await closing?.close();
      await stopped;
    },
  };
}

function listen(server: Server, options: TcpOptions, family: 4 | 6): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new PlatformError("bind-failed", `cannot listen on TCP ${options.address} port ${options.port}`, cause));
    server.once("error", fail);
    server.listen({ host: options.address, port: options.port, ipv6Only: family === 6, backlog: 1024 }, () => {
      server.off("error", fail);
      const bound = server.address();
      if (bound === null || typeof bound === "string") fail(bound);
      else resolve({ address: bound.address, port: bound.port });
    });
  });
}
