import { isUtf8 } from "node:buffer";
import type { Clock, Log, Random } from "@cordboard/kernel";
import { clockOf, ok, randomHex, randomOf, refused, silentLog } from "@cordboard/kernel";
import type { Endpoint, TransportName } from "../agent/flow.ts";
import type { SipTransport } from "../agent/transport.ts";
import type { Framer } from "../message/stream-framer.ts";
import { webSocketFramer } from "../message/web-socket-framer.ts";
import type { ConnectionLimits } from "./connections.ts";
import { Connections, defaultConnectionLimits } from "./connections.ts";
import type { CountHappening } from "./happening.ts";
import type { Link, LinkEvents } from "./link.ts";
import { LocalAddress } from "./local-address.ts";

/** What is needed of a WebSocket; those of the package `ws` (with `autoPong: false`) have it. */
export interface WebSocketLike {
  /** 1 while it is open. @rfc 6455 */
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  ping(): void;
  pong(data: Uint8Array): void;
  close(code: number): void;
  terminate(): void;
  on(event: "message", listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: "ping", listener: (data: Uint8Array) => void): unknown;
  on(event: "pong" | "close" | "error", listener: () => void): unknown;
}

/** Who is at the other end of a WebSocket. */
export interface WebSocketPeer {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
}

/** What SIP over WebSockets is made of. */
export interface WebSocketOptions {
  /** Address that peers outside private ranges are told; that of the connection unless said otherwise. */
  readonly publicAddress?: string | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly count?: CountHappening | undefined;
}

/** SIP over the WebSockets that an HTTP server hands over. */
export interface WebSocketTransport extends SipTransport {
  /** Takes a WebSocket that was opened with the subprotocol `sip`; one too many is closed at once. */
  accept(socket: WebSocketLike, peer: WebSocketPeer): void;
}

const OPEN = 1;
/** RFC 6455 §7.4.1 and IANA's list. */
const closeCodes = { tooBig: 1009, tryAgainLater: 1013 } as const;

/**
 * SIP over WebSockets, WS and WSS alike. Peers are browsers: they are never dialled, and what goes to them goes over the
 * connection that they opened. @rfc 7118
 */
export function webSocketTransport(options: WebSocketOptions = {}): WebSocketTransport {
  const { count = () => {} } = options;
  const log = options.log ?? silentLog;
  const clock = options.clock ?? clockOf(globalThis);
  const addresses = new LocalAddress({ clock, publicAddress: options.publicAddress });
  const epoch = randomHex(options.random ?? randomOf(globalThis), 6);
  const limits = { ...defaultConnectionLimits, ...options.limits };
  let connections: Connections | undefined;

  return {
    name: "ws",
    isReliable: true,
    family: 4,
    isAcceptOnly: true,
    async open(events) {
      connections = new Connections({ clock, log, limits, epoch, events, count });
      return undefined;
    },
    accept(socket, peer) {
      if (connections?.admits(peer.remote.address)) return connections.accept(new WebSocketLink(socket, peer));
      socket.on("error", () => {});
      socket.close(closeCodes.tryAgainLater);
    },
    send(bytes, to, report) {
      if (connections === undefined) return refused("closed");
      const connection = connections.find(to);
      if (connection === undefined) return refused("unreachable");
      return connection.send(bytes, report) ? ok(undefined) : refused("backlog");
    },
    localTowards(remote, name) {
      const held = name === undefined ? undefined : connections?.get(name);
      return addresses.towards(held?.link.local ?? { address: "0.0.0.0", port: 0 }, remote);
    },
    isOpen: (name) => connections?.get(name) !== undefined,
    connections: () => connections?.describe() ?? [],
    async close() {
      const closing = connections;
      connections = undefined;
      await closing?.close();
    },
  };
}

/** A WebSocket as what a connection travels on. */
class WebSocketLink implements Link {
  readonly transport: TransportName;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly framer: Framer = webSocketFramer();
  readonly #socket: WebSocketLike;

  constructor(socket: WebSocketLike, { local, remote, isSecure }: WebSocketPeer) {
    this.#socket = socket;
    this.local = local;
    this.remote = remote;
    this.transport = isSecure ? "wss" : "ws";
  }

  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get isGone(): boolean {
    return this.#socket.readyState !== OPEN;
  }

  listen(events: LinkEvents): void {
    const socket = this.#socket;
    socket.on("message", (data) => {
      if (data instanceof Uint8Array) events.onBytes(data);
      else socket.terminate();
    });
    socket.on("ping", (data) => {
      events.onAlive();
      // A peer that pings and never reads would fill our memory with pongs.
      if (socket.bufferedAmount === 0) socket.pong(data);
    });
    socket.on("pong", () => events.onAlive());
    socket.on("error", () => {});
    socket.on("close", () => events.onGone());
  }

  /** Text, as the RFC has it, unless a body is binary. */
  write(bytes: Uint8Array): void {
    this.#socket.send(isUtf8(bytes) ? text.decode(bytes) : bytes);
  }

  probe(): void {
    if (this.#socket.bufferedAmount === 0) this.#socket.ping();
  }

  end(): void {
    this.#socket.close(closeCodes.tooBig);
  }

  destroy(): void {
    this.#socket.terminate();
  }
}

const text = new TextDecoder("utf-8", { ignoreBOM: true });
