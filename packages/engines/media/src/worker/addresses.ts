import { BlockList, isIP, isIPv6, SocketAddress } from "node:net";

/** An address and a UDP port of a peer. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

const NOWHERE = new BlockList();
NOWHERE.addAddress("0.0.0.0");
NOWHERE.addAddress("255.255.255.255");
NOWHERE.addSubnet("224.0.0.0", 4);
NOWHERE.addAddress("::", "ipv6");
NOWHERE.addSubnet("ff00::", 8, "ipv6");

/** The one spelling of an address that the system uses for the source of packets; what is no address stays as it is. */
export function canonicalAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const [bare = address, zone] = address.split("%");
  const canonical = new SocketAddress({ address: bare, family: "ipv6" }).address;
  return zone === undefined ? canonical : `${canonical}%${zone}`;
}

/**
 * Whether sound may be sent there: to a port of a literal address (names are not looked up), but not the unspecified one (an old
 * way to say "hold"), multicast or broadcast.
 */
export function isSendable({ address, port }: Endpoint): boolean {
  const family = isIP(address);
  if (family === 0 || !(port > 0 && port <= 65_535)) return false;
  const [bare = address] = address.split("%");
  return !NOWHERE.check(bare, family === 6 ? "ipv6" : "ipv4");
}
