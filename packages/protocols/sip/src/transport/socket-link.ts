import type { Socket } from "node:net";
import type { Endpoint } from "../agent/flow.ts";
import { StreamFramer } from "../message/stream-framer.ts";
import type { Link, LinkEvents } from "./link.ts";

/** What a socket is to its transport. */
export interface SocketRole {
  readonly transport: "tcp" | "tls";
  readonly remote: Endpoint;
  /** Event after which a socket of ours may be written to: for TLS, when the peer has proved who it is. None for a peer's. */
  readonly opensOn?: "connect" | "secureConnect";
}

/** The far end of a socket that a peer has opened; its address is empty when the peer is gone already. */
export const peerOfSocket = (socket: Socket): Endpoint => ({
  address: plainAddress(socket.remoteAddress ?? ""),
  port: socket.remotePort ?? 0,
});

/** A socket as what a connection travels on. */
export class SocketLink implements Link {
  readonly transport: "tcp" | "tls";
  readonly remote: Endpoint;
  readonly framer: StreamFramer = new StreamFramer();
  readonly #socket: Socket;
  readonly #opensOn: SocketRole["opensOn"];
  #local: Endpoint = { address: "", port: 0 };

  constructor(socket: Socket, role: SocketRole) {
    this.#socket = socket;
    this.transport = role.transport;
    this.remote = role.remote;
    this.#opensOn = role.opensOn;
    this.#noteLocal();
  }

  get local(): Endpoint {
    return this.#local;
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  get isGone(): boolean {
    return !this.#socket.writable;
  }

  listen(events: LinkEvents): void {
    const socket = this.#socket;
    socket.on("data", (chunk: Uint8Array) => events.onBytes(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => events.onGone());
    if (this.#opensOn === undefined) return;
    socket.once(this.#opensOn, () => {
      this.#noteLocal();
      events.onOpen();
    });
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Kept, because a socket forgets its addresses when it closes. */
  #noteLocal(): void {
    const { localAddress, localPort } = this.#socket;
    if (localAddress !== undefined) this.#local = { address: plainAddress(localAddress), port: localPort ?? 0 };
  }
}

/** IPv4 addresses without their IPv6 clothes. */
const plainAddress = (address: string): string =>
  address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
