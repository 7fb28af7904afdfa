import type { Clock, Log } from "@cordboard/kernel";
import type { NgAddress } from "./ng-address.ts";
import type { NgMessage } from "./ng-message.ts";

/** The way to one rtpengine and back. Messages may get lost on it, and it finds its way again by itself. */
export interface NgLink {
  /** Sends if there is a way now, and otherwise not. */
  send(bytes: Uint8Array): void;
  /** Our own address on the way there; undefined while there is no way. */
  localAddress(): string | undefined;
  /** Nothing comes back on the way that there is: looks for another, beginning with the name. */
  renew(): void;
  close(): void;
}

/** What a link tells. */
export interface NgLinkEvents {
  onMessage(message: NgMessage): void;
  /** There is a way, for the first time or again: what was sent before may be lost. */
  onUp(): void;
}

/** What a link is made of. */
export interface NgLinkParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: NgLinkEvents;
}

/** Opens a link over the transport that the address names; tests bring one that loses messages. */
export type OpenNgLink = (address: NgAddress, parts: NgLinkParts) => NgLink;
