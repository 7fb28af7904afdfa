import type { IceCredentials, LocalMedia, MediaProtection, SoundProtection } from "@cordboard/core";
import { parseCandidate, printCandidate } from "@cordboard/ice";
import type { Random, Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import { srtpProfiles } from "@cordboard/rtp";
import type {
  AgreedProtection,
  LocalProtection,
  MediaSection,
  SessionDescription,
  TransportName,
} from "@cordboard/sip";
import { carriageOf, cryptosOf } from "@cordboard/sip";

/**
 * How a leg's packets are to be protected: not at all; by keys in the description, where the peer can; by such keys or not at all;
 * or as browsers want it.
 */
export type Guard = "none" | "offered" | "required" | "webrtc";

/** Whether a flow keeps what it carries from others: keys may be told over it. */
const isSecure = (transport: TransportName): boolean => transport === "tls" || transport === "wss";

/** What is asked of a peer, as to SRTP with keys in the description: none, keys where it can, or keys. */
export type SrtpPolicy = "off" | "offered" | "required";

/**
 * What is asked of a peer on a flow: what is said of it, and where nothing is, what the server asks of all peers over TLS. Of several
 * things that are said the most counts.
 */
export function askedOf(said: readonly SoundProtection[], server: SrtpPolicy, transport: TransportName): SrtpPolicy {
  const common = isSecure(transport) ? server : "off";
  const asked = said.map((each) => (each === "as-server" ? common : each));
  return (["required", "offered"] as const).find((each) => asked.includes(each)) ?? "off";
}

/** Why a peer's sound cannot be protected as is asked. */
export type GuardRefusal = "keys-wanted" | "tls-wanted" | "keys-in-clear" | "keys-unusable" | "keys-unwanted";

/** What somebody is to do about it. */
export const guardAdvice: Readonly<Record<GuardRefusal, string>> = {
  "keys-wanted": "SRTP is required here: turn on SRTP with SDES keys in the phone",
  "tls-wanted": "SRTP is required here, and its keys may not cross the network in the clear: let the phone use TLS",
  "keys-in-clear": "SRTP keys may not cross the network in the clear: let the phone use TLS, or turn SRTP off in it",
  "keys-unusable": "SRTP needs a key of AES_CM_128_HMAC_SHA1_80, AES_CM_128_HMAC_SHA1_32 or AEAD_AES_GCM",
  "keys-unwanted": "SRTP is off here: turn it off in the phone",
};

/** What a peer on a flow is offered. Only browsers speak SIP over WebSockets. */
export function guardTowards(transport: TransportName, asked: SrtpPolicy): Result<Guard, GuardRefusal> {
  return transport === "ws" || transport === "wss" ? ok("webrtc") : guardByKeys(transport, asked);
}

function guardByKeys(
  transport: TransportName,
  asked: SrtpPolicy,
): Result<"none" | "offered" | "required", GuardRefusal> {
  if (asked === "off") return ok("none");
  if (isSecure(transport)) return ok(asked);
  return asked === "required" ? refused("tls-wanted") : ok("none");
}

/** The audio streams of a description that are not switched off. */
const audioIn = ({ media }: SessionDescription): readonly MediaSection[] =>
  media.filter(({ kind, port }) => kind === "audio" && port !== 0);

/** Whether we could do with any of the keys of a stream. */
const hasUsableKeys = (audio: MediaSection): boolean =>
  cryptosOf(audio).some(({ suite, keyAndSalt }) =>
    srtpProfiles.some((each) => each.name === suite && each.keyBytes + each.saltBytes === keyAndSalt.length),
  );

/** How a caller on a flow is answered, by its offer where there is one. */
export function guardOf(
  offer: SessionDescription | undefined,
  transport: TransportName,
  asked: SrtpPolicy,
): Result<Guard, GuardRefusal> {
  const [first, ...others] = offer === undefined ? [] : audioIn(offer);
  if (first === undefined) return guardTowards(transport, asked);
  const guard = guardOfStream(first, transport, asked);
  if (guard.ok) return guard;
  // Some phones offer the same sound twice, in plain and by SRTP: one of both is enough.
  return others.map((each) => guardOfStream(each, transport, asked)).find(({ ok: isGood }) => isGood) ?? guard;
}

function guardOfStream(audio: MediaSection, transport: TransportName, asked: SrtpPolicy): Result<Guard, GuardRefusal> {
  const carriage = carriageOf(audio);
  if (carriage === "webrtc") return ok("webrtc");
  // A program that speaks SIP over a WebSocket may send plain RTP all the same.
  const guard = guardByKeys(transport, asked);
  if (!guard.ok) return guard;
  const hasKeys = hasUsableKeys(audio);
  if (carriage !== "sdes") return guard.value === "required" && !hasKeys ? refused("keys-wanted") : guard;
  if (guard.value === "none") return refused(isSecure(transport) ? "keys-unwanted" : "keys-in-clear");
  return hasKeys ? guard : refused("keys-unusable");
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
