import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import type { Clock, Log } from "@cordboard/kernel";
import { clockOf, ok, PlatformError, refused, silentLog } from "@cordboard/kernel";
import { addressFamily } from "../agent/address.ts";
import type { Endpoint } from "../agent/flow.ts";
import type { SipTransport, TransportEvents } from "../agent/transport.ts";
import type { CountHappening } from "./happening.ts";
import { LocalAddress } from "./local-address.ts";
import { answerBinding, isStun } from "./stun.ts";

/** What a UDP listener is made of. */
export interface UdpOptions {
  /** Numeric address to bind, such as `0.0.0.0` or `::`. */
  readonly address: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** Address that peers outside private ranges are told; the kernel's choice unless said otherwise. */
  readonly publicAddress?: string | undefined;
  /** Asked size of the receive buffer, in bytes; 8 MiB unless said otherwise. The kernel may grant less. */
  readonly receiveBufferBytes?: number | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly count?: CountHappening | undefined;
}

/** Largest payload of a datagram. */
const MAX_DATAGRAM = 65_507;

/** Bytes that may wait in the socket before sending is refused. */
const MAX_BACKLOG = 8 * 1024 * 1024;

/** SIP over UDP. */
export function udpTransport(options: UdpOptions): SipTransport {
  const family = addressFamily(options.address) === 6 ? 6 : 4;
  const log = options.log ?? silentLog;
  const addresses = new LocalAddress({
    clock: options.clock ?? clockOf(globalThis),
    publicAddress: options.publicAddress,
  });
  let socket: Socket | undefined;
  let bound: Endpoint = { address: options.address, port: options.port };

  return {
    name: "udp",
    isReliable: false,
    family,
    async open(events) {
      const opened = await bind(options, family);
      socket = opened;
      const { address, port } = opened.address();
      bound = { address, port };
      serve(opened, bound, events, options.count);
      opened.on("error", (cause) => log.warn("SIP datagram socket failed", { cause }));
      log.info("SIP over UDP listens", { address, port, receiveBufferBytes: opened.getRecvBufferSize() });
      return bound;
    },
    send(bytes, { remote }, report) {
      if (socket === undefined) return refused("closed");
      if (bytes.length > MAX_DATAGRAM) return refused("too-big");
      if (socket.getSendQueueSize() > MAX_BACKLOG) return refused("backlog");
      if (remote.port < 1 || remote.port > 65_535) return refused("unreachable");
      try {
        if (report === undefined) socket.send(bytes, remote.port, remote.address, ignore);
        else socket.send(bytes, remote.port, remote.address, (cause) => void (cause && report("unreachable")));
        return ok(undefined);
      } catch {
        return refused("unreachable");
      }
    },
    localTowards: (remote) => addresses.towards(bound, remote),
    isOpen: () => false,
    connections: () => [],
    close: () =>
      new Promise((resolve) => {
        const closing = socket;
        socket = undefined;
        if (closing === undefined) resolve();
        else closing.close(() => resolve());
      }),
  };
}

const ignore = (): void => {};

/** `reuseAddr` is never set: a second server by mistake would take the port over in silence. */
function bind(options: UdpOptions, family: 4 | 6): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      ipv6Only: family === 6,
      recvBufferSize: options.receiveBufferBytes ?? 8 * 1024 * 1024,
      // Only numeric addresses get here; asking the resolver for each would put every datagram off by a turn.
      lookup: (host, _options, done) => done(null, host, family),
    });
    const fail = (cause: unknown): void => {
      socket.removeAllListeners();
      socket.close();
      reject(new PlatformError("bind-failed", `cannot listen on UDP ${options.address} port ${options.port}`, cause));
    };
    socket.once("error", fail);
    socket.bind({ address: options.address, port: options.port, exclusive: true }, () => {
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

function serve(socket: Socket, local: Endpoint, events: TransportEvents, count: CountHappening = ignore): void {
  socket.on("message", (bytes, { address, port }) => {
    // Keep-alives of a few bytes say nothing, and answering them would make us a mirror.
    if (bytes.length <= 4 || port === 0) return events.onIgnored?.();
    if (isStun(bytes)) {
      events.onIgnored?.();
      const answer = answerBinding(bytes, { address, port });
      if (answer === undefined || socket.getSendQueueSize() > MAX_BACKLOG) return;
      count("stun-answered");
      socket.send(answer, port, address, ignore);
      return;
    }
    events.onMessage(bytes, { transport: "udp", local, remote: { address, port } });
  });
}
