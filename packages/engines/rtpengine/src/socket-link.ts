import type { OpenNgLink } from "./ng-link.ts";
import { openTcpLink } from "./tcp-link.ts";
import { openUdpLink } from "./udp-link.ts";

/** Opens a link over a real socket, of the transport that the address names. */
export const openSocketLink: OpenNgLink = (address, parts) =>
  address.transport === "udp" ? openUdpLink(address, parts) : openTcpLink(address, parts);
