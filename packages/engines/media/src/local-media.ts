import { isIPv6 } from "node:net";
import type { CertificateFingerprint, IceCandidate, LocalMedia } from "@cordboard/core";
import { candidatePriority, makeIceCredentials } from "@cordboard/ice";
import type { Random } from "@cordboard/kernel";
import type { PortPair } from "./port-pool.ts";
import type { Endpoint } from "./worker/addresses.ts";

/** Where a leg receives, as its peer is told. */
export interface OpenedPlace {
  readonly address: string;
  readonly ports: PortPair;
  readonly isWebRtc: boolean;
  /** What it looks like from outside, when a router stands in between and somebody could be asked. */
  readonly outside: Endpoint | undefined;
}

/** What a leg's peer is told of it: a browser also gets credentials of its own, our address, and what it looks like from outside. */
export function localMedia(
  { address, ports: { rtp: port, rtcp: rtcpPort }, isWebRtc, outside }: OpenedPlace,
  fingerprint: CertificateFingerprint,
  random: Random,
): LocalMedia {
  if (!isWebRtc) return { address, port, rtcpPort };
  const host: IceCandidate = { foundation: "1", priority: candidatePriority("host"), address, port, type: "host" };
  const isBehindRouter = outside !== undefined && (outside.address !== address || outside.port !== port);
  const reflected: IceCandidate[] = isBehindRouter
    ? [{ foundation: "2", priority: candidatePriority("srflx"), ...outside, type: "srflx" }]
    : [];
  const candidates = [host, ...reflected];
  return { address, port, rtcpPort, webRtc: { ice: makeIceCredentials(random), candidates, fingerprint } };
}

const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");

/** The server that can tell what a socket at this address looks like from outside; undefined when none can be reached from there. */
export async function stunFor(
  address: string,
  find: (() => Promise<Endpoint | undefined>) | undefined,
): Promise<Endpoint | undefined> {
  const server = await find?.().catch(() => undefined);
  if (server === undefined || isIPv6(server.address) !== isIPv6(address)) return undefined;
  return isLoopback(server.address) === isLoopback(address) ? server : undefined;
}
