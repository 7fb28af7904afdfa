import type { Codec, NegotiatedMedia } from "@cordboard/core";
import type { AgreedAudio, AudioCodec, SessionDescription } from "@cordboard/sip";
import { codecsOf, isSameCodec, isTelephoneEvent, PCMA, PCMU, TELEPHONE_EVENT } from "@cordboard/sip";
import type { OwnSide } from "./protection.ts";
import { protectionOf } from "./protection.ts";

/** Codecs of one description that are looked at; phones send a dozen. */
const MAX_CODECS = 32;

/** What we offer and answer when nobody else's codecs count: the two that every phone has, and digits. */
export const ourCodecs: readonly AudioCodec[] = [PCMA, PCMU, TELEPHONE_EVENT];

/** Names in an audio section that carry no voice of their own and that the sound engine does not pass on. */
const unvoiced: ReadonlySet<string> = new Set(["cn", "red", "ulpfec", "flexfec", "telephone-event"]);

const isDigits = (codec: AudioCodec): boolean => isTelephoneEvent(codec) && codec.clockRateHz === 8000;

const isVoice = (codec: AudioCodec): boolean => !unvoiced.has(codec.name.toLowerCase());

/** Whether the sound engine can make and read the sound itself. */
export const isG711 = (codec: AudioCodec): boolean => isSameCodec(codec, PCMA) || isSameCodec(codec, PCMU);

/** The voice codecs of the description's first usable audio stream and its digits at 8 kHz, in its order, with its numbers. */
export function describedCodecs(session: SessionDescription): readonly AudioCodec[] {
  const media = session.media.find((each) => each.kind === "audio" && each.port !== 0);
  if (media === undefined) return [];
  return codecsOf(media)
    .filter((codec) => isVoice(codec) || isDigits(codec))
    .slice(0, MAX_CODECS);
}

/** Whether there is anything to talk with. */
export const hasVoice = (codecs: readonly AudioCodec[]): boolean => codecs.some(isVoice);

/** By whose payload numbers: what the peer wants to receive, or what it was told to send. */
type Numbers = "sendAs" | "receiveAs";

const agreedBy = (agreed: AgreedAudio, numbers: Numbers): readonly AudioCodec[] =>
  [...agreed.codecs, ...(agreed.telephoneEvent === undefined ? [] : [agreed.telephoneEvent])].map((each) => ({
    ...each.codec,
    payloadType: each[numbers],
  }));

/** What a leg has agreed on, as it is offered to another leg: by the numbers that its own peer wants to receive. */
export const agreedCodecs = (agreed: AgreedAudio): readonly AudioCodec[] => agreedBy(agreed, "sendAs");

/** What a leg has agreed on, as it is offered to the same leg again: numbers keep their meaning. @rfc 3264#8.3.2 */
export const sameCodecs = (agreed: AgreedAudio): readonly AudioCodec[] => agreedBy(agreed, "receiveAs");

/** What we answer by ourselves: the first G.711 of the offer and digits, or all of it (an echo works with any). */
export function ownAnswerCodecs(offered: readonly AudioCodec[]): readonly AudioCodec[] {
  const plain = offered.find(isG711);
  return plain === undefined ? offered : [plain, ...offered.filter(isDigits)];
}

/** Whether the sound engine can make, read and mix all of a leg's sound. */
export const isPlain = ({ codecs }: AgreedAudio): boolean => codecs.every(({ codec }) => isG711(codec));

/** G.711 for a leg that has agreed on something else. Its digits keep their number. @rfc 3264#8.3.2 */
export const plainCodecs = (agreed: AgreedAudio): readonly AudioCodec[] => [
  PCMA,
  PCMU,
  ...withDigits(sameCodecs(agreed)).filter(isDigits),
];

/** The same codecs, and after them G.711: a leg that is answered can be offered that again. */
export const withPlain = (codecs: readonly AudioCodec[]): readonly AudioCodec[] => [
  ...codecs,
  ...[PCMA, PCMU].filter((plain) => !codecs.some((codec) => isSameCodec(codec, plain))),
];

/** The codecs of `mine`, in its order and by its numbers, that `other` has too. */
export const shared = (mine: readonly AudioCodec[], other: readonly AudioCodec[]): readonly AudioCodec[] =>
  mine.filter((codec) => other.some((each) => isSameCodec(codec, each)));

/** The same codecs with digits at 8 kHz among them: we understand them, whatever the other leg does. */
export function withDigits(codecs: readonly AudioCodec[]): readonly AudioCodec[] {
  if (codecs.some(isDigits)) return codecs;
  const taken = new Set(codecs.map(({ payloadType }) => payloadType));
  for (let payloadType = TELEPHONE_EVENT.payloadType; payloadType <= 127; payloadType++) {
    if (!taken.has(payloadType)) return [...codecs, { ...TELEPHONE_EVENT, payloadType }];
  }
  return codecs;
}

/** Whether a leg has agreed on the voice of these codecs and on no other. */
export function hasAgreed({ codecs }: AgreedAudio, asked: readonly AudioCodec[]): boolean {
  const voice = asked.filter(isVoice);
  return voice.length === codecs.length && codecs.every(({ codec }) => voice.some((each) => isSameCodec(codec, each)));
}

/** How two answered legs fit together. */
export interface Fit {
  /** Nothing that both could say to each other. */
  readonly isEmpty: boolean;
  /** What the first leg is to be offered again, or undefined when all it agreed on is shared. */
  readonly first: readonly AudioCodec[] | undefined;
  readonly second: readonly AudioCodec[] | undefined;
}

/** Compares what two legs have agreed on. */
export function compareCodecs(a: AgreedAudio, b: AgreedAudio): Fit {
  return { isEmpty: sharedVoice(a, b).length === 0, first: reoffer(a, b), second: reoffer(b, a) };
}

const sharedVoice = (a: AgreedAudio, b: AgreedAudio): readonly AudioCodec[] =>
  shared(sameCodecs(a), sameCodecs(b)).filter(isVoice);

function reoffer(mine: AgreedAudio, other: AgreedAudio): readonly AudioCodec[] | undefined {
  const voice = sharedVoice(mine, other);
  return voice.length === mine.codecs.length ? undefined : [...voice, ...sameCodecs(mine).filter(isDigits)];
}

/** What the sound engine is told of an agreement. A peer on the old hold of `0.0.0.0` is not sent to. */
export function negotiated(agreed: AgreedAudio, own: OwnSide): NegotiatedMedia {
  const protection = protectionOf(agreed.protection, own);
  const digits = agreed.telephoneEvent?.codec.clockRateHz === 8000 ? agreed.telephoneEvent : undefined;
  return {
    remote: { address: agreed.remote.address, port: agreed.remote.port, rtcpPort: agreed.remoteRtcp.port },
    codecs: agreed.codecs.map(
      ({ codec, sendAs, receiveAs, remoteFmtp }): Codec => ({
        payload: sendAs,
        ...(receiveAs === sendAs ? {} : { receiveAs }),
        name: codec.name.toUpperCase(),
        clockRateHz: codec.clockRateHz,
        channels: codec.channels ?? 1,
        ...(remoteFmtp === undefined ? {} : { fmtp: remoteFmtp }),
      }),
    ),
    digitsPayload: digits?.sendAs,
    ...(digits === undefined || digits.receiveAs === digits.sendAs ? {} : { digitsReceivedAs: digits.receiveAs }),
    direction: agreed.direction,
    ...(protection === undefined ? {} : { protection }),
  };
}
