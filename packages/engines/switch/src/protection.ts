import type { IceCredentials, LocalMedia, MediaProtection } from "@cordboard/core";
import { parseCandidate, printCandidate } from "@cordboard/ice";
import type { Random } from "@cordboard/kernel";
import { srtpProfiles } from "@cordboard/rtp";
import type { AgreedProtection, LocalProtection, SessionDescription, TransportName } from "@cordboard/sip";
import { carriageOf, cryptosOf } from "@cordboard/sip";

/**
 * How a leg's packets are to be protected: not at all; by keys in the description, where the peer can; by such keys or not at all;
 * or as browsers want it.
 */
export type Guard = "none" | "offered" | "required" | "webrtc";

/** Whether a flow keeps what it carries from others: keys may be told over it. */
const isSecure = (transport: TransportName): boolean => transport === "tls" || transport === "wss";

/** What is asked of peers over TLS: nothing, keys where they can, or keys. */
export type SrtpPolicy = "off" | "offered" | "required";

/** What a peer on a flow is offered. Only browsers speak SIP over WebSockets. */
export function guardTowards(transport: TransportName, policy: SrtpPolicy): Guard {
  return transport === "ws" || transport === "wss" ? "webrtc" : guardByKeys(transport, policy);
}

const guardByKeys = (transport: TransportName, policy: SrtpPolicy): Guard =>
  policy === "off" || !isSecure(transport) ? "none" : policy;

/** The first usable audio stream of a description. */
const audioOf = ({ media }: SessionDescription) => media.find((each) => each.kind === "audio" && each.port !== 0);

/** How a caller on a flow is answered, by its offer where there is one. Undefined: what it offers will not do. */
export function guardOf(
  offer: SessionDescription | undefined,
  transport: TransportName,
  policy: SrtpPolicy,
): Guard | undefined {
  const own = guardTowards(transport, policy);
  const audio = offer === undefined ? undefined : audioOf(offer);
  if (audio === undefined) return own;
  const carriage = carriageOf(audio);
  if (carriage === "webrtc") return "webrtc";
  // A program that speaks SIP over a WebSocket may send plain RTP all the same.
  const guard = guardByKeys(transport, policy);
  const hasKeys = cryptosOf(audio).length > 0;
  if (carriage === "sdes") return guard === "none" || !hasKeys ? undefined : guard;
  return guard === "required" && !hasKeys ? undefined : guard;
}

/** Our side, as far as a sound engine has to know it. */
export interface OwnSide {
  /** Our credentials of ICE, for a browser's leg. */
  readonly ice: IceCredentials | undefined;
  /** The first offer was ours, so that ICE is for us to steer. */
  readonly isOfferer: boolean;
}

/** Where a leg receives, and what its peer is told of that. */
export interface OwnPlace {
  readonly media: LocalMedia;
  readonly told: string;
}

/** Our side of a leg's protection, with keys of its own. */
export function localProtection(guard: Guard, { media, told }: OwnPlace, random: Random): LocalProtection | undefined {
  switch (guard) {
    case "none":
      return undefined;
    case "offered":
    case "required": {
      const keys = srtpProfiles.map(({ name, keyBytes, saltBytes }) => ({
        suite: name,
        keyAndSalt: random.bytes(keyBytes + saltBytes),
      }));
      return { kind: "sdes", keys, isRequired: guard === "required" };
    }
    case "webrtc": {
      if (media.webRtc === undefined) return undefined;
      const { ice, fingerprint, candidates } = media.webRtc;
      // A router in front of us passes the public address on to the local one: both lead here.
      const shown = candidates.flatMap((each) =>
        told === media.address || each.type !== "host"
          ? [each]
          : [
              { ...each, address: told },
              { ...each, foundation: `${each.foundation}1`, priority: each.priority - 256 },
            ],
      );
      return { kind: "webrtc", ice, fingerprint, candidates: shown.map(printCandidate), role: undefined };
    }
    default:
      return guard satisfies never;
  }
}

/** What the sound engine is told of it. */
export function protectionOf(agreed: AgreedProtection | undefined, own: OwnSide): MediaProtection | undefined {
  if (agreed === undefined) return undefined;
  if (agreed.kind === "sdes") {
    const { suite, send, receive } = agreed;
    return { kind: "sdes", send: { suite, keyAndSalt: send }, receive: { suite, keyAndSalt: receive } };
  }
  if (own.ice === undefined) return undefined;
  return {
    kind: "webrtc",
    localIce: own.ice,
    remoteIce: agreed.remoteIce,
    candidates: agreed.candidates.flatMap((text) => parseCandidate(text) ?? []),
    isRemoteLite: agreed.isLite,
    isControlling: own.isOfferer,
    fingerprints: agreed.fingerprints.flatMap(({ hash, value }) =>
      hash === "sha-256" || hash === "sha-384" || hash === "sha-512" ? [{ hash, value }] : [],
    ),
    dtlsRole: agreed.role,
  };
}
