import type { Endpoint, TransportName } from "../agent/flow.ts";
import type { Framer } from "../message/stream-framer.ts";

/** What a link tells the connection that travels on it. */
export interface LinkEvents {
  /** A link that we opened ourselves can be written to; never told of one that a peer opened. */
  onOpen(): void;
  onBytes(bytes: Uint8Array): void;
  /** The peer is there, though it has said nothing. */
  onAlive(): void;
  /** It has ended, for whatever reason: the last thing that is told, exactly once. */
  onGone(): void;
}

/** What the bytes of one connection travel on: a socket, with or without TLS, or a WebSocket. */
export interface Link {
  readonly transport: TransportName;
  /** Our end; port 0 while it is not open. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Bytes that were written and have not left. */
  readonly waitingBytes: number;
  readonly isGone: boolean;
  /** Cuts what comes into messages. */
  readonly framer: Framer;
  /** Begins to tell; once. */
  listen(events: LinkEvents): void;
  write(bytes: Uint8Array): void;
  /** Asks whether the peer is still there; left out where the system does so by itself. */
  probe?(): void;
  /** Ends when what was written has left. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}
