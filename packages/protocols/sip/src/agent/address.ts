import { isIpv6 } from "../message/characters.ts";
import type { Endpoint, TransportName } from "./flow.ts";

/** 4 or 6 for a numeric address, 0 for anything else. */
export function addressFamily(host: string): 0 | 4 | 6 {
  if (host.includes(":")) return isIpv6(host) ? 6 : 0;
  return /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) && host.split(".").every((part) => Number(part) <= 255)
    ? 4
    : 0;
}

/** Whether two endpoints are the same. */
export const isSameEndpoint = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address;

/** Port of a transport when a URI names none. @rfc 3261#19.1.2 */
export const defaultPort = (transport: TransportName): number => (isSecure(transport) ? 5061 : 5060);

/** Whether a transport is encrypted. */
const isSecure = (transport: TransportName): boolean => transport === "tls" || transport === "wss";

const names: readonly string[] = ["udp", "tcp", "tls", "ws", "wss"] satisfies readonly TransportName[];

/** Whether a text names a transport that SIP knows. */
export const isTransportName = (text: string): text is TransportName => names.includes(text);
