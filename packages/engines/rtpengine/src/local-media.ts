import type { CertificateFingerprint, IceCandidate, LocalMedia, LocalWebRtc } from "@cordboard/core";
import type { MediaSection } from "@cordboard/sip";
import { attribute, parseSdp } from "@cordboard/sip";
import type { Dictionary } from "./bencode.ts";

/** Where a side is told to send, from the description in an answer of rtpengine's; undefined when there is none. */
export function readLocalMedia(reply: Dictionary): LocalMedia | undefined {
  const text = reply.get("sdp");
  const session = typeof text === "string" ? parseSdp(text) : undefined;
  const media = session?.ok === true ? session.value.media[0] : undefined;
  const address = media?.address ?? (session?.ok === true ? session.value.address : undefined);
  if (media === undefined || address === undefined || media.port === 0) return undefined;
  const rtcpPort = Number(attribute(media.attributes, "rtcp")?.value?.split(" ")[0]);
  const webRtc = webRtcOf(media);
  return {
    address,
    port: media.port,
    rtcpPort: Number.isSafeInteger(rtcpPort) ? rtcpPort : media.port + 1,
    ...(webRtc === undefined ? {} : { webRtc }),
  };
}

function webRtcOf({ attributes }: MediaSection): LocalWebRtc | undefined {
  const told = (name: string): string | undefined => attribute(attributes, name)?.value;
  const [usernameFragment, password] = [told("ice-ufrag"), told("ice-pwd")];
  const fingerprint = fingerprintOf(told("fingerprint"));
  if (usernameFragment === undefined || password === undefined || fingerprint === undefined) return undefined;
  const candidates = attributes.flatMap(({ name, value }) => (name === "candidate" ? (candidateOf(value) ?? []) : []));
  return { ice: { usernameFragment, password }, candidates, fingerprint };
}

function fingerprintOf(text: string | undefined): CertificateFingerprint | undefined {
  const [hash, value] = text?.split(" ") ?? [];
  const known = (["sha-256", "sha-384", "sha-512"] as const).find((each) => each === hash?.toLowerCase());
  return known === undefined || value === undefined ? undefined : { hash: known, value };
}

const TYPES = ["host", "srflx", "prflx", "relay"] as const;

/** `foundation component transport priority address port typ type`. @rfc 8839#5.1 */
function candidateOf(text: string | undefined): IceCandidate | undefined {
  const [foundation, component, transport, priority, address, port, , kind] = text?.split(" ") ?? [];
  const type = TYPES.find((each) => each === kind);
  if (foundation === undefined || address === undefined || type === undefined) return undefined;
  if (component !== "1" || transport?.toUpperCase() !== "UDP") return undefined;
  const [rank, at] = [Number(priority), Number(port)];
  return Number.isSafeInteger(rank) && Number.isSafeInteger(at)
    ? { foundation, priority: rank, address, port: at, type }
    : undefined;
}
