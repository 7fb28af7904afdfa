/** How messages travel. */
export type TransportName = "udp" | "tcp" | "tls" | "ws" | "wss";

/** A numeric address (IPv6 without brackets) and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * The way to one peer: a connection, or a pair of datagram addresses. Plain data that may be stored: after a restart a
 * datagram flow still works, while one with a `connection` that is gone is dialled anew by its peer's address.
 */
export interface Flow {
  readonly transport: TransportName;
  /** Our end: for datagrams the listener's, which may be a wildcard address. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Names a live connection; undefined for datagrams. Never used twice, not even by another process. */
  readonly connection?: string;
  /** Name under which we dialled the peer, which its certificate must show; its address unless said otherwise. */
  readonly host?: string;
}
