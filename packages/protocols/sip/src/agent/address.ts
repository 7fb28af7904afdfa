import { isIpv6 } from "../message/characters.ts";
import type { SipUri } from "../message/uri.ts";
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
export const isSecure = (transport: TransportName): boolean => transport === "tls" || transport === "wss";

const names: readonly string[] = ["udp", "tcp", "tls", "ws", "wss"] satisfies readonly TransportName[];

/** Whether a text names a transport that SIP knows. */
const isTransportName = (text: string): text is TransportName => names.includes(text);

/** What a `sips:` URI makes of a transport; there are no encrypted datagrams. @rfc 3261#26.2.2 */
const secured: Readonly<Record<TransportName, TransportName | "none">> = {
  udp: "none",
  tcp: "tls",
  tls: "tls",
  ws: "wss",
  wss: "wss",
};

/**
 * The transport that a URI asks for, else the one preferred; undefined when any will do, `none` when there is none such.
 * @rfc 3263#4.1
 */
export function transportFor(
  { scheme, params }: SipUri,
  preferred: TransportName | undefined,
): TransportName | "none" | undefined {
  const asked = params.get("transport")?.toLowerCase();
  if (asked !== undefined && !isTransportName(asked)) return "none";
  return scheme === "sips" ? secured[asked ?? "tls"] : (asked ?? preferred);
}
