import type { Result } from "@cordboard/kernel";
import type { Endpoint, Flow, TransportName } from "./flow.ts";

/** What a transport tells its agent. */
export interface TransportEvents {
  /**
   * One whole message, framed but not parsed. `bytes` are the receiver's to keep; `flow.local` is what {@link SipTransport.open}
   * resolved with, for datagrams.
   */
  onMessage(bytes: Uint8Array, flow: Flow): void;
  /** A datagram was read that is no message; told because it took the place of one among those that are read at once. */
  onIgnored?(): void;
  /** A connection has ended, for whatever reason. */
  onClosed(flow: Flow): void;
}

/** Why bytes could not be sent. */
export type SendRefusal = "closed" | "too-big" | "backlog" | "unreachable" | "limit";

/** What is known of one open connection. */
export interface ConnectionState {
  readonly flow: Flow;
  /** Since it was accepted or dialled, in milliseconds. */
  readonly ageMs: number;
  /** Bytes that wait until the peer takes them. */
  readonly waitingBytes: number;
  /** Whether a whole message has come over it. */
  readonly hasSpoken: boolean;
  /** Whether we opened it. */
  readonly isDialled: boolean;
}

/**
 * Moves bytes to and from peers. The package brings UDP, TCP, TLS and WebSockets for Node (`@cordboard/sip/node`); tests
 * bring a network in memory. One object serves one listening address.
 */
export interface SipTransport {
  readonly name: TransportName;
  /** Whether the transport itself delivers or tells; decides whether transactions resend. */
  readonly isReliable: boolean;
  /** Address family that it serves. */
  readonly family: 4 | 6;
  /** Whether it only takes connections that peers open, as a WebSocket server does; false unless said otherwise. */
  readonly isAcceptOnly?: boolean;
  /**
   * Binds; rejects with a `bind-failed` fault. Resolves with the real address and port; undefined when it has no
   * listener of its own.
   */
  open(events: TransportEvents): Promise<Endpoint | undefined>;
  /**
   * Names the connection to a peer, which is opened when there is none; undefined when there are too many. Left out by
   * transports without connections, and by those that cannot dial.
   */
  connect?(to: SendTarget): string | undefined;
  /**
   * Sends one message over the flow's connection, or to its remote address (a connection is opened when there is none
   * left). Returns at once with an immediate refusal; `report` hears of a later one, at most once.
   */
  send(bytes: Uint8Array, to: SendTarget, report?: (refusal: SendRefusal) => void): Result<undefined, SendRefusal>;
  /** The address and port that this peer, or the one at the end of a connection, should see for us in Via, Contact and SDP. */
  localTowards(remote: Endpoint, connection?: string): Endpoint | Promise<Endpoint>;
  /** Whether a connection of that name is open here. */
  isOpen(connection: string): boolean;
  /** Open connections; none for datagrams. */
  connections(): readonly ConnectionState[];
  /** Closes all; resolves when nothing is left open. */
  close(): Promise<void>;
}

/** Where to send: an address, and the connection to prefer while it lives. */
export interface SendTarget {
  readonly remote: Endpoint;
  readonly connection?: string;
  /** Name that the peer's certificate must show, where there is one; its address unless said otherwise. */
  readonly host?: string;
}

/** Finds the numeric addresses of a host name, best first; rejects or gives none when there are none. */
export type Resolver = (host: string) => Promise<readonly string[]>;
