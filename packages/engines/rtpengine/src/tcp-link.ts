import type { Socket } from "node:net";
import { connect } from "node:net";
import type { Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { NgAddress } from "./ng-address.ts";
import { ngAddressText } from "./ng-address.ts";
import type { NgLink, NgLinkParts } from "./ng-link.ts";
import { NgSplitter } from "./ng-splitter.ts";

/** Pause before a connection that broke is made anew. */
const AGAIN_AFTER = ms(1000);
/** What may wait to be written; who reads so slowly is gone. */
const MAX_WAITING = 1 << 20;

/** A TCP connection that is made again whenever it breaks. */
export function openTcpLink(address: NgAddress, parts: NgLinkParts): NgLink {
  return new TcpLink(address, parts);
}

class TcpLink implements NgLink {
  readonly #address: NgAddress;
  readonly #parts: NgLinkParts;
  #socket: Socket;
  #isUp = false;
  #isClosed = false;
  #again: Timer | undefined;

  constructor(address: NgAddress, parts: NgLinkParts) {
    this.#address = address;
    this.#parts = parts;
    this.#socket = this.#open();
  }

  send(bytes: Uint8Array): void {
    if (!this.#isUp) return;
    if (this.#socket.writableLength > MAX_WAITING) this.#socket.destroy();
    else this.#socket.write(bytes);
  }

  localAddress(): string | undefined {
    return this.#isUp ? this.#socket.localAddress : undefined;
  }

  renew(): void {
    // A connection that is being waited for, or that nobody answers on, makes place for the next.
    if (!this.#isClosed) this.#socket.destroy();
  }

  close(): void {
    this.#isClosed = true;
    this.#isUp = false;
    this.#again?.cancel();
    this.#socket.destroy();
  }

  #open(): Socket {
    const { host, port } = this.#address;
    const { log, events, clock } = this.#parts;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const splitter = new NgSplitter();
    socket.on("connect", () => {
      this.#isUp = true;
      events.onUp();
    });
    socket.on("data", (bytes) => {
      const messages = splitter.take(bytes);
      for (const message of messages ?? []) events.onMessage(message);
      if (messages !== undefined) return;
      log.warn("rtpengine said something unreadable", { rtpengine: ngAddressText(this.#address) });
      socket.destroy();
    });
    // The reason is of no use: every close is followed by another try.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isUp = false;
      if (this.#isClosed) return;
      this.#again = clock.after(AGAIN_AFTER, () => {
        this.#socket = this.#open();
      });
    });
    return socket;
  }
}
