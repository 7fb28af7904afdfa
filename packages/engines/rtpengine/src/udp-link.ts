import type { Socket } from "node:dgram";
import { createSocket } from "node:dgram";
import { lookup } from "node:dns";
import type { Timer } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { NgAddress } from "./ng-address.ts";
import { ngAddressText } from "./ng-address.ts";
import type { NgLink, NgLinkParts } from "./ng-link.ts";
import { readNg } from "./ng-message.ts";

/** Pause before a socket that could not be connected is tried anew. */
const AGAIN_AFTER = ms(1000);

/** A connected UDP socket: only what that address sends is heard. */
export function openUdpLink(address: NgAddress, parts: NgLinkParts): NgLink {
  return new UdpLink(address, parts);
}

class UdpLink implements NgLink {
  readonly #address: NgAddress;
  readonly #parts: NgLinkParts;
  #socket: Socket | undefined;
  #isUp = false;
  #isClosed = false;
  #again: Timer | undefined;

  constructor(address: NgAddress, parts: NgLinkParts) {
    this.#address = address;
    this.#parts = parts;
    this.#open();
  }

  send(bytes: Uint8Array): void {
    // What the network refuses is asked again; that it refused is nothing to act on.
    if (this.#isUp) this.#socket?.send(bytes, () => {});
  }

  localAddress(): string | undefined {
    return this.#isUp ? this.#socket?.address().address : undefined;
  }

  renew(): void {
    // While there is no socket, one is on its way.
    if (!this.#isUp || this.#isClosed) return;
    this.#drop();
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#again?.cancel();
    this.#drop();
  }

  #drop(): void {
    this.#isUp = false;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(): void {
    lookup(this.#address.host, (cause, found, family) => {
      if (this.#isClosed) return;
      if (cause !== null) return this.#retry(cause);
      const socket = createSocket(family === 6 ? "udp6" : "udp4");
      this.#socket = socket;
      socket.on("message", (bytes) => {
        const message = readNg(bytes);
        if (message.ok) this.#parts.events.onMessage(message.value);
        else this.#parts.log.warn("rtpengine said something unreadable", { why: message.error.code, ...this.#named });
      });
      socket.on("connect", () => {
        if (this.#socket !== socket) return;
        this.#isUp = true;
        this.#parts.events.onUp();
      });
      socket.on("error", (error) => {
        // Nobody listens there at the moment: the socket is as good as before.
        if (this.#socket === socket && !this.#isUp) this.#retry(error);
      });
      socket.connect(this.#address.port, found);
    });
  }

  get #named(): { readonly rtpengine: string } {
    return { rtpengine: ngAddressText(this.#address) };
  }

  #retry(cause: Error): void {
    this.#parts.log.warn("no way to rtpengine", { cause, ...this.#named });
    this.#drop();
    this.#again = this.#parts.clock.after(AGAIN_AFTER, () => this.#open());
  }
}
