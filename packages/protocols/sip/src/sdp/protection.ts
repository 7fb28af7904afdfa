import type { Result } from "@cordboard/kernel";
import { ok, refused, sameBytes } from "@cordboard/kernel";
import type { CryptoAttribute } from "./crypto-attribute.ts";
import { parseCrypto, printCrypto } from "./crypto-attribute.ts";
import type { Attribute, MediaSection, SessionDescription } from "./session.ts";
import { attribute } from "./session.ts";
import { wordsOf } from "./words.ts";

/** What ICE checks of one side are signed with. @rfc 8839#5.4 */
export interface IceLogin {
  readonly usernameFragment: string;
  readonly password: string;
}

/** Digest of a side's certificate. @rfc 8122#5 */
export interface SdpFingerprint {
  readonly hash: string;
  readonly value: string;
}

/** Who begins the handshake of DTLS. */
export type DtlsRole = "client" | "server";

/** How our side protects one audio stream. */
export type LocalProtection =
  | {
      readonly kind: "sdes";
      /** Our keys, by suite, most wanted first. */
      readonly keys: readonly Omit<CryptoAttribute, "tag">[];
      /** Plain RTP will not do; otherwise the keys are an opportunity. @rfc 8643#3 */
      readonly isRequired: boolean;
    }
  | {
      readonly kind: "webrtc";
      readonly ice: IceLogin;
      /** What stands after `a=candidate:`. */
      readonly candidates: readonly string[];
      readonly fingerprint: SdpFingerprint;
      /** Our part in the handshake that there has been; undefined before. */
      readonly role: DtlsRole | undefined;
    };

/** What both sides agreed on for one audio stream. */
export type AgreedProtection =
  | {
      readonly kind: "sdes";
      /** Of the keys that were chosen. */
      readonly tag: number;
      readonly suite: string;
      /** The peer wrote that nothing else will do, and not that keys are an opportunity. */
      readonly isInsistedOn: boolean;
      readonly send: Uint8Array;
      readonly receive: Uint8Array;
    }
  | {
      readonly kind: "webrtc";
      readonly remoteIce: IceLogin;
      /** What stands after `a=candidate:`. */
      readonly candidates: readonly string[];
      /** The peer only answers checks. @rfc 8445#2.5 */
      readonly isLite: boolean;
      readonly fingerprints: readonly SdpFingerprint[];
      readonly role: DtlsRole;
    };

/** How a section wants to be carried. */
export type Carriage = "plain" | "sdes" | "webrtc";

/** Addresses of one section that are looked at; browsers with many networks send a few dozen. */
const MAX_CANDIDATES = 64;
/** Keys of one section. */
const MAX_CRYPTOS = 16;
const MAX_FINGERPRINTS = 8;

const carriages: Readonly<Record<string, Carriage>> = {
  "RTP/AVP": "plain",
  "RTP/AVPF": "plain",
  "RTP/SAVP": "sdes",
  "RTP/SAVPF": "sdes",
  "UDP/TLS/RTP/SAVP": "webrtc",
  "UDP/TLS/RTP/SAVPF": "webrtc",
};

/** How a section wants to be carried; undefined when it is by something that we do not know. */
export const carriageOf = ({ protocol }: MediaSection): Carriage | undefined => carriages[protocol.toUpperCase()];

/** The protocol of a section that we offer. */
export function offeredProtocol(protection: LocalProtection | undefined): string {
  if (protection?.kind === "webrtc") return "UDP/TLS/RTP/SAVPF";
  return protection?.isRequired === true ? "RTP/SAVP" : "RTP/AVP";
}

/** A description that one of the sides has sent, with the section that counts. */
export interface Described {
  readonly session: SessionDescription;
  readonly media: MediaSection;
}

/**
 * Settles how a stream is protected, from what we can do and what the peer wrote. `undefined`: not at all, where that will do. An
 * answer takes over the choice of the offer: what only one side wants is refused.
 */
export function agreeOnProtection(
  local: LocalProtection | undefined,
  remote: Described,
): Result<AgreedProtection | undefined, string> {
  const carriage = carriageOf(remote.media);
  if (local?.kind === "webrtc")
    return carriage === "webrtc" ? agreeOnWebRtc(local, remote) : refused("Not protected as a browser is");
  if (carriage === "webrtc") return refused("Protected as only a browser is");
  const agreed = local === undefined ? undefined : agreeOnKeys(local.keys, remote.media);
  if (agreed === undefined && (carriage === "sdes" || local?.isRequired === true))
    return refused(carriage === "sdes" ? "No common protection" : "The sound must be protected by SRTP");
  return ok(agreed);
}

/** The first of the peer's keys whose suite we have too. @rfc 4568#5.1.2 */
function agreeOnKeys(
  ours: readonly Omit<CryptoAttribute, "tag">[],
  media: MediaSection,
): Extract<AgreedProtection, { kind: "sdes" }> | undefined {
  for (const theirs of cryptosOf(media)) {
    const own = ours.find((each) => each.suite === theirs.suite && each.keyAndSalt.length === theirs.keyAndSalt.length);
    const { tag, keyAndSalt: receive } = theirs;
    // Who sends our own key back would have both directions under one, and our packets pass for its own.
    if (own === undefined || sameBytes(own.keyAndSalt, theirs.keyAndSalt)) continue;
    const isInsistedOn = carriageOf(media) === "sdes";
    return { kind: "sdes", tag, suite: own.suite, isInsistedOn, send: own.keyAndSalt, receive };
  }
  return undefined;
}

/** The keys of a section that can be used at all. */
export const cryptosOf = ({ attributes }: MediaSection): readonly CryptoAttribute[] =>
  attributes
    .filter(({ name }) => name === "crypto")
    .slice(0, MAX_CRYPTOS)
    .flatMap(({ value = "" }) => parseCrypto(value) ?? []);

/** @rfc 8829#5.8 */
function agreeOnWebRtc(
  { role }: Extract<LocalProtection, { kind: "webrtc" }>,
  { session, media }: Described,
): Result<AgreedProtection, string> {
  const find = (name: string): string | undefined =>
    (attribute(media.attributes, name) ?? attribute(session.attributes, name))?.value?.trim();
  const remoteIce = { usernameFragment: find("ice-ufrag") ?? "", password: find("ice-pwd") ?? "" };
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(remoteIce.usernameFragment) || !/^[A-Za-z0-9+/]{22,256}$/.test(remoteIce.password))
    return refused("No ICE");
  const fingerprints = fingerprintsOf(media.attributes);
  const known = fingerprints.length > 0 ? fingerprints : fingerprintsOf(session.attributes);
  if (known.length === 0) return refused("No fingerprint");
  if (attribute(media.attributes, "rtcp-mux") === undefined) return refused("Reports on a port of their own");
  return ok({
    kind: "webrtc",
    remoteIce,
    candidates: media.attributes
      .filter(({ name }) => name === "candidate")
      .slice(0, MAX_CANDIDATES)
      .flatMap(({ value }) => value ?? []),
    isLite: attribute(session.attributes, "ice-lite") !== undefined,
    fingerprints: known,
    role: roleOf(find("setup"), role),
  });
}

/** Digests that are strong enough, by algorithms that everybody has. @rfc 8122#5 */
const fingerprintsOf = (attributes: readonly Attribute[]): readonly SdpFingerprint[] =>
  attributes
    .filter(({ name }) => name === "fingerprint")
    .slice(0, MAX_FINGERPRINTS)
    .flatMap(({ value = "" }) => {
      const [hash = "", digest = ""] = wordsOf(value.trim());
      const isGood = /^sha-(?:256|384|512)$/i.test(hash) && /^[0-9A-F]{2}(?::[0-9A-F]{2}){31,63}$/i.test(digest);
      return isGood ? { hash: hash.toLowerCase(), value: digest.toUpperCase() } : [];
    });

/** Our part, after the peer's `a=setup`: what it leaves to us stays as it was, and is to be called at first. @rfc 8842#5.3 */
function roleOf(setup: string | undefined, before: DtlsRole | undefined): DtlsRole {
  if (setup === "passive") return "client";
  return setup === "active" ? "server" : (before ?? "server");
}

/** The attributes of a section in an offer of ours. */
export function offeredProtection(protection: LocalProtection | undefined): readonly Attribute[] {
  if (protection === undefined) return [];
  if (protection.kind === "webrtc") return [...webRtcAttributes(protection, "0"), { name: "setup", value: "actpass" }];
  return protection.keys.map((key, i) => ({ name: "crypto", value: printCrypto({ ...key, tag: i + 1 }) }));
}

/** The attributes of a section in our answer to the peer's. */
export function answeredProtection(
  protection: LocalProtection | undefined,
  agreed: AgreedProtection | undefined,
  media: MediaSection,
): readonly Attribute[] {
  const mux = attribute(media.attributes, "rtcp-mux") === undefined ? [] : [{ name: "rtcp-mux", value: undefined }];
  if (agreed === undefined || protection === undefined) return mux;
  if (agreed.kind === "sdes") {
    const value = printCrypto({ tag: agreed.tag, suite: agreed.suite, keyAndSalt: agreed.send });
    return [...mux, { name: "crypto", value }];
  }
  if (protection.kind !== "webrtc") return mux;
  const setup = { name: "setup", value: agreed.role === "client" ? "active" : "passive" };
  return [...webRtcAttributes(protection, attribute(media.attributes, "mid")?.value), setup];
}

const webRtcAttributes = (
  { ice, candidates, fingerprint }: Extract<LocalProtection, { kind: "webrtc" }>,
  mid: string | undefined,
): readonly Attribute[] => [
  ...(mid === undefined ? [] : [{ name: "mid", value: mid }]),
  { name: "rtcp-mux", value: undefined },
  { name: "ice-ufrag", value: ice.usernameFragment },
  { name: "ice-pwd", value: ice.password },
  ...candidates.map((value) => ({ name: "candidate", value })),
  { name: "end-of-candidates", value: undefined },
  { name: "fingerprint", value: `${fingerprint.hash} ${fingerprint.value}` },
  // Without a name for its stream a browser would show none.
  { name: "msid", value: "cordboard sound" },
];

/** The attributes of a whole description, of which only the section of `mid` is alive. @rfc 9143#7.3 */
export const bundleOf = (protection: LocalProtection | undefined, mid: string | undefined): readonly Attribute[] =>
  protection?.kind === "webrtc" && mid !== undefined ? [{ name: "group", value: `BUNDLE ${mid}` }] : [];
