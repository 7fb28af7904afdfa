import type { SipTransport } from "../agent/transport.ts";
import type { StreamOptions } from "./stream.ts";
import { tcpTransport } from "./tcp.ts";
import type { TlsOptions } from "./tls.ts";
import { tlsTransport } from "./tls.ts";
import type { UdpOptions } from "./udp.ts";
import { udpTransport } from "./udp.ts";

/** Where to listen, and by which transports. */
export interface NodeTransportOptions
  extends Omit<StreamOptions, "port">,
    Pick<UdpOptions, "receiveBufferBytes">,
    Pick<TlsOptions, "certificate" | "ca"> {
  /** 0 for any free port; not opened when left out. */
  readonly udpPort?: number | undefined;
  /** 0 for any free port; not opened when left out. */
  readonly tcpPort?: number | undefined;
  /** 0 for any free port; no TLS when left out, no listener without a certificate. */
  readonly tlsPort?: number | undefined;
}

/** UDP, TCP and TLS on one address, for an agent's `transports`; join several lists to listen on several addresses. */
export function nodeTransports(options: NodeTransportOptions): readonly SipTransport[] {
  const { udpPort, tcpPort, tlsPort, certificate, ca, receiveBufferBytes, ...shared } = options;
  return [
    ...(udpPort === undefined ? [] : [udpTransport({ ...shared, port: udpPort, receiveBufferBytes })]),
    ...(tcpPort === undefined ? [] : [tcpTransport({ ...shared, port: tcpPort })]),
    ...(tlsPort === undefined ? [] : [tlsTransport({ ...shared, port: tlsPort, certificate, ca })]),
  ];
}
