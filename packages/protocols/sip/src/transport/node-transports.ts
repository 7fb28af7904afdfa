import type { Clock, Log, Random } from "@cordboard/kernel";
import type { SipTransport } from "../agent/transport.ts";
import type { ConnectionLimits } from "./connections.ts";
import { tcpTransport } from "./tcp.ts";
import { udpTransport } from "./udp.ts";

/** Where to listen, and by which transports. */
export interface NodeTransportOptions {
  /** Numeric address, such as `127.0.0.1`, `0.0.0.0` or `::`. */
  readonly address: string;
  /** 0 for any free port; not opened when left out. */
  readonly udpPort?: number | undefined;
  /** 0 for any free port; not opened when left out. */
  readonly tcpPort?: number | undefined;
  /** Address that peers outside private ranges are told. */
  readonly publicAddress?: string | undefined;
  /** Asked receive buffer of UDP, in bytes; 8 MiB unless said otherwise. */
  readonly receiveBufferBytes?: number | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** UDP and TCP on one address, for an agent's `transports`; join several lists to listen on several addresses. */
export function nodeTransports(options: NodeTransportOptions): readonly SipTransport[] {
  const { udpPort, tcpPort, receiveBufferBytes, ...shared } = options;
  return [
    ...(udpPort === undefined ? [] : [udpTransport({ ...shared, port: udpPort, receiveBufferBytes })]),
    ...(tcpPort === undefined ? [] : [tcpTransport({ ...shared, port: tcpPort })]),
  ];
}
