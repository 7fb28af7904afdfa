import type { CertificateFingerprint, IceCandidate, LocalMedia } from "@cordboard/core";
import { candidatePriority, makeIceCredentials } from "@cordboard/ice";
import type { Random } from "@cordboard/kernel";
import type { PortPair } from "./port-pool.ts";

/** Where a leg receives, as its peer is told. */
export interface OpenedPlace {
  readonly address: string;
  readonly ports: PortPair;
  readonly isWebRtc: boolean;
}

/** What a leg's peer is told of it: a browser also gets credentials of its own and the one address that there is. */
export function localMedia(
  { address, ports: { rtp: port, rtcp: rtcpPort }, isWebRtc }: OpenedPlace,
  fingerprint: CertificateFingerprint,
  random: Random,
): LocalMedia {
  if (!isWebRtc) return { address, port, rtcpPort };
  const host: IceCandidate = { foundation: "1", priority: candidatePriority("host"), address, port, type: "host" };
  return { address, port, rtcpPort, webRtc: { ice: makeIceCredentials(random), candidates: [host], fingerprint } };
}
