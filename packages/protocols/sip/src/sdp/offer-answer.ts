import type { Result } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Endpoint } from "../agent/flow.ts";
import { wholeNumber } from "../message/characters.ts";
import type { AudioCodec } from "./codecs.ts";
import { codecsOf, isSameCodec, isTelephoneEvent, printRtpmap } from "./codecs.ts";
import type { AgreedProtection, LocalProtection } from "./protection.ts";
import {
  agreeOnProtection,
  answeredProtection,
  bundleOf,
  carriageOf,
  offeredProtection,
  offeredProtocol,
} from "./protection.ts";
import type { Attribute, Direction, MediaSection, SessionDescription } from "./session.ts";
import { attribute } from "./session.ts";

/** Our side of one audio stream. */
export interface LocalAudio {
  /** Where we receive. */
  readonly endpoint: Endpoint;
  /** What we can do, best first; include `TELEPHONE_EVENT` for digits. */
  readonly codecs: readonly AudioCodec[];
  /** What we want; `sendrecv` unless said otherwise. An answer never gets more than the offer allows. */
  readonly direction?: Direction;
  /** Packet time in milliseconds to ask for; 20 unless said otherwise. */
  readonly ptimeMs?: number;
  /** How packets are protected; plain RTP without it. */
  readonly protection?: LocalProtection | undefined;
}

/** Names our side of the session over its life; keep it, and raise `version` with every description that differs. */
export interface SessionIdentity {
  /** Decimal digits. */
  readonly sessionId: string;
  readonly version: number;
}

/** A codec that both sides can do, with the number that each expects. */
export interface AgreedCodec {
  readonly codec: AudioCodec;
  /** Payload type in packets that we send. */
  readonly sendAs: number;
  /** Payload type in packets that we receive. */
  readonly receiveAs: number;
  /** The peer's format parameters. */
  readonly remoteFmtp: string | undefined;
}

/** What offer and answer settled. */
export interface AgreedAudio {
  /** Where we send RTP. */
  readonly remote: Endpoint;
  /** Where we send RTCP: by `a=rtcp`, on the RTP port with `a=rtcp-mux`, else the next port. */
  readonly remoteRtcp: Endpoint;
  /** Voice codecs in the order to prefer; never empty. */
  readonly codecs: readonly AgreedCodec[];
  /** Digits as RTP events, when both can. */
  readonly telephoneEvent: AgreedCodec | undefined;
  /** What we may do: seen from our side. */
  readonly direction: Direction;
  /** The peer put us on hold: it does not want to hear us (or sent the old `0.0.0.0`). */
  readonly isHeld: boolean;
  /** Packet time that the peer asks for, in milliseconds. */
  readonly ptimeMs: number | undefined;
  /** How packets are protected; undefined for plain RTP. */
  readonly protection: AgreedProtection | undefined;
}

/** Why an offer or answer cannot be used. All are answered with 488. */
export interface NegotiationRefusal {
  readonly code: "no-common-codec" | "no-audio" | "bad-description" | "not-protected";
  readonly why: string;
}

/** An answer and what it settles. */
export interface Answer {
  readonly description: SessionDescription;
  readonly agreed: AgreedAudio;
}

/** A description that offers one audio stream. @rfc 3264#5 */
export function buildOffer(identity: SessionIdentity, audio: LocalAudio): SessionDescription {
  const codecs = audio.codecs.map((codec) => ({ codec, payloadType: codec.payloadType }));
  const { protection, direction = "sendrecv" } = audio;
  const section = audioSection(audio, codecs, {
    direction,
    protocol: offeredProtocol(protection),
    attributes: offeredProtection(protection),
  });
  return describe(identity, audio, [section]);
}

/**
 * Answers an offer: one of its audio streams with the codecs that both sides can do, in the offer's order and by
 * the offer's numbers; every other stream is refused with port 0. @rfc 3264#6
 */
export function answerOffer(
  offer: SessionDescription,
  identity: SessionIdentity,
  audio: LocalAudio,
): Result<Answer, NegotiationRefusal> {
  const media = chosenAudio(offer, audio.protection);
  if (media === undefined) return refused({ code: "no-audio", why: "No usable audio stream" });
  const matches = codecsOf(media).flatMap((remote) => {
    const local = audio.codecs.find((codec) => isSameCodec(codec, remote));
    return local === undefined ? [] : [{ codec: local, remote, payloadType: remote.payloadType }];
  });
  const agreed = agree(
    offer,
    media,
    audio,
    matches.map(({ codec, remote }) => agreedCodec(codec, remote, remote.payloadType)),
  );
  if (!agreed.ok) return agreed;
  const { direction, protection } = agreed.value;
  const attributes = answeredProtection(audio.protection, protection, media);
  const sections = offer.media.map((each) =>
    each === media
      ? audioSection(audio, matches, { direction, protocol: media.protocol, attributes })
      : refusedSection(each),
  );
  return ok({ description: describe(identity, audio, sections), agreed: agreed.value });
}

/** What an answer to an offer of ours (made of the same `audio`) settles. @rfc 3264#7 */
export function readAnswer(answer: SessionDescription, audio: LocalAudio): Result<AgreedAudio, NegotiationRefusal> {
  const media = answer.media.find(isUsableAudio);
  if (media === undefined) return refused({ code: "no-audio", why: "The audio stream was refused" });
  const codecs = codecsOf(media).flatMap((remote) => {
    const local = audio.codecs.find((codec) => isSameCodec(codec, remote));
    return local === undefined ? [] : [agreedCodec(local, remote, local.payloadType)];
  });
  return agree(answer, media, audio, codecs);
}

/**
 * The stream of an offer that is answered: some phones offer the same sound twice, in plain and by SRTP. The first that can be protected as we
 * wish, else the first that will do, else the first at all.
 */
function chosenAudio(session: SessionDescription, protection: LocalProtection | undefined): MediaSection | undefined {
  const usable = session.media.filter(isUsableAudio);
  if (usable.length < 2) return usable[0];
  const tried = usable.map((media) => ({ media, agreed: agreeOnProtection(protection, { session, media }) }));
  const best =
    tried.find(({ agreed }) => agreed.ok && agreed.value !== undefined) ?? tried.find(({ agreed }) => agreed.ok);
  return best?.media ?? usable[0];
}

const isUsableAudio = (media: MediaSection): boolean =>
  media.kind === "audio" && media.port !== 0 && carriageOf(media) !== undefined;

const agreedCodec = (codec: AudioCodec, remote: AudioCodec, receiveAs: number): AgreedCodec => ({
  codec,
  sendAs: remote.payloadType,
  receiveAs,
  remoteFmtp: remote.fmtp,
});

function agree(
  session: SessionDescription,
  media: MediaSection,
  audio: LocalAudio,
  all: readonly AgreedCodec[],
): Result<AgreedAudio, NegotiationRefusal> {
  const address = media.address ?? session.address;
  if (address === undefined) return refused({ code: "bad-description", why: "No connection address" });
  const codecs = all.filter(({ codec }) => !isTelephoneEvent(codec));
  const [best] = codecs;
  if (best === undefined) return refused({ code: "no-common-codec", why: "No common codec" });
  const protection = agreeOnProtection(audio.protection, { session, media });
  if (!protection.ok) return refused({ code: "not-protected", why: protection.error });
  // Where ICE looks for the way, an address here is only a guess.
  const isOldHold = protection.value?.kind !== "webrtc" && isNowhere(address);
  const remoteDirection = isOldHold ? hold(directionOf(session, media)) : directionOf(session, media);
  const remote = { address, port: media.port };
  const events = all.filter(({ codec }) => isTelephoneEvent(codec));
  return ok({
    remote,
    remoteRtcp: rtcpOf(media, remote),
    codecs,
    telephoneEvent: events.find(({ codec }) => codec.clockRateHz === best.codec.clockRateHz) ?? events[0],
    direction: narrowest(audio.direction ?? "sendrecv", mirrored(remoteDirection)),
    isHeld: isOldHold || remoteDirection === "sendonly" || remoteDirection === "inactive",
    ptimeMs: wholeNumber(attribute(media.attributes, "ptime")?.value?.trim() ?? "", 3),
    protection: protection.value,
  });
}

const isNowhere = (address: string): boolean => address === "0.0.0.0" || address === "::";

const directions: readonly string[] = ["sendrecv", "sendonly", "recvonly", "inactive"] satisfies readonly Direction[];
const isDirection = (name: string): name is Direction => directions.includes(name);

/** The direction of a section: its own, else the session's, else both ways. */
export function directionOf(session: SessionDescription, media: MediaSection): Direction {
  const find = (attributes: readonly Attribute[]): Direction | undefined =>
    attributes.map(({ name }) => name).find(isDirection);
  return find(media.attributes) ?? find(session.attributes) ?? "sendrecv";
}

const canSend = (direction: Direction): boolean => direction === "sendrecv" || direction === "sendonly";
const canReceive = (direction: Direction): boolean => direction === "sendrecv" || direction === "recvonly";
const directionFrom = (sends: boolean, receives: boolean): Direction =>
  sends ? (receives ? "sendrecv" : "sendonly") : receives ? "recvonly" : "inactive";

/** The same direction as the other side sees it. */
export const mirrored = (direction: Direction): Direction => directionFrom(canReceive(direction), canSend(direction));

/** What both allow. */
export const narrowest = (a: Direction, b: Direction): Direction =>
  directionFrom(canSend(a) && canSend(b), canReceive(a) && canReceive(b));

/** The direction without receiving: what holding makes of it. @rfc 3264#8.4 */
export const hold = (direction: Direction): Direction => directionFrom(canSend(direction), false);

/** @rfc 3605 and @rfc 5761 */
function rtcpOf(media: MediaSection, rtp: Endpoint): Endpoint {
  if (attribute(media.attributes, "rtcp-mux") !== undefined) return rtp;
  const [port, , , address] = attribute(media.attributes, "rtcp")?.value?.trim().split(" ") ?? [];
  const number = wholeNumber(port ?? "", 5);
  if (number === undefined || number < 1 || number > 65_535)
    return { address: rtp.address, port: Math.min(rtp.port + 1, 65_535) };
  return {
    address: address !== undefined && /^[0-9A-Fa-f.:]{2,45}$/.test(address) ? address : rtp.address,
    port: number,
  };
}

function describe(identity: SessionIdentity, audio: LocalAudio, media: readonly MediaSection[]): SessionDescription {
  const { address } = audio.endpoint;
  const alive = media.find(({ port }) => port !== 0);
  return {
    origin: { username: "-", sessionId: identity.sessionId, version: String(identity.version), address },
    name: "-",
    address,
    times: ["0 0"],
    attributes: bundleOf(audio.protection, attribute(alive?.attributes ?? [], "mid")?.value),
    others: [],
    media,
  };
}

interface NumberedCodec {
  readonly codec: AudioCodec;
  readonly payloadType: number;
}

function audioSection(
  audio: LocalAudio,
  codecs: readonly NumberedCodec[],
  {
    direction,
    protocol,
    attributes: more,
  }: { readonly direction: Direction; readonly protocol: string; readonly attributes: readonly Attribute[] },
): MediaSection {
  const attributes: Attribute[] = [];
  for (const { codec, payloadType } of codecs) {
    attributes.push({ name: "rtpmap", value: printRtpmap(codec, payloadType) });
    if (codec.fmtp !== undefined) attributes.push({ name: "fmtp", value: `${payloadType} ${codec.fmtp}` });
  }
  attributes.push(
    { name: "ptime", value: String(audio.ptimeMs ?? 20) },
    { name: direction, value: undefined },
    ...more,
  );
  return {
    kind: "audio",
    port: audio.endpoint.port,
    portCount: undefined,
    protocol,
    formats: codecs.map(({ payloadType }) => String(payloadType)),
    address: undefined,
    attributes,
    others: [],
  };
}

/** A refused stream keeps kind, protocol and formats. @rfc 3264#6 */
const refusedSection = (media: MediaSection): MediaSection => ({
  ...media,
  port: 0,
  portCount: undefined,
  address: undefined,
  attributes: [],
  others: [],
});
