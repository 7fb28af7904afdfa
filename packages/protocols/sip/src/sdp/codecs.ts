import type { MediaSection } from "./session.ts";

/** A codec that one side can do. */
export interface AudioCodec {
  /** As in rtpmap: `PCMU`, `PCMA`, `G722`, `opus`; compared without case. */
  readonly name: string;
  /** RTP clock rate as in rtpmap (8000 for G722, by its history). */
  readonly clockRateHz: number;
  /** Channels as in rtpmap; 1 unless said otherwise. */
  readonly channels?: number;
  /** Static number, or the dynamic one (96 to 127) that we offer. */
  readonly payloadType: number;
  /** Format parameters, as after `a=fmtp:<n> `. */
  readonly fmtp?: string;
}

/** G.711 µ-law. @rfc 3551#6 */
export const PCMU: AudioCodec = { name: "PCMU", clockRateHz: 8000, payloadType: 0 };
/** G.711 A-law. @rfc 3551#6 */
export const PCMA: AudioCodec = { name: "PCMA", clockRateHz: 8000, payloadType: 8 };
/** Wideband at the cost of G.711; its clock rate is 8000 by a slip of the RFC. @rfc 3551#4.5.2 */
export const G722: AudioCodec = { name: "G722", clockRateHz: 8000, payloadType: 9 };
/** Eight kbit/s. @rfc 3551#6 */
export const G729: AudioCodec = { name: "G729", clockRateHz: 8000, payloadType: 18 };
/** What browsers speak best. @rfc 7587 */
export const OPUS: AudioCodec = {
  name: "opus",
  clockRateHz: 48_000,
  channels: 2,
  payloadType: 111,
  fmtp: "useinbandfec=1",
};
/** Digits as RTP events. @rfc 4733 */
export const TELEPHONE_EVENT: AudioCodec = {
  name: "telephone-event",
  clockRateHz: 8000,
  payloadType: 101,
  fmtp: "0-16",
};

/** Payload types whose meaning is fixed, which need no rtpmap. @rfc 3551#6 */
const staticCodecs: ReadonlyMap<number, AudioCodec> = new Map(
  [
    PCMU,
    PCMA,
    G722,
    G729,
    { name: "GSM", clockRateHz: 8000, payloadType: 3 },
    { name: "G723", clockRateHz: 8000, payloadType: 4 },
  ].map((codec) => [codec.payloadType, codec]),
);

/** Whether two codecs are the same thing: name without case, clock rate, channels. Their numbers may differ. */
export const isSameCodec = (a: AudioCodec, b: AudioCodec): boolean =>
  a.name.toLowerCase() === b.name.toLowerCase() &&
  a.clockRateHz === b.clockRateHz &&
  (a.channels ?? 1) === (b.channels ?? 1);

/** Whether a codec carries digits rather than voice. */
export const isTelephoneEvent = (codec: AudioCodec): boolean => codec.name.toLowerCase() === "telephone-event";

/** The codecs of an audio section in its order, by rtpmap and fmtp; numbers that nothing explains are left out. */
export function codecsOf(media: MediaSection): readonly AudioCodec[] {
  const maps = new Map<number, AudioCodec>();
  const formats = new Map<number, string>();
  for (const { name, value } of media.attributes) {
    if (value === undefined || (name !== "rtpmap" && name !== "fmtp")) continue;
    const space = value.indexOf(" ");
    const number = payloadNumber(space < 0 ? value : value.slice(0, space));
    if (number === undefined || space < 0) continue;
    const text = value.slice(space + 1).trim();
    if (name === "fmtp") formats.set(number, text);
    else {
      const codec = readEncoding(text, number);
      if (codec !== undefined && !maps.has(number)) maps.set(number, codec);
    }
  }
  return media.formats.flatMap((format) => {
    const number = payloadNumber(format);
    const codec = number === undefined ? undefined : (maps.get(number) ?? staticCodecs.get(number));
    if (number === undefined || codec === undefined) return [];
    const fmtp = formats.get(number);
    return [fmtp === undefined ? codec : { ...codec, fmtp }];
  });
}

function payloadNumber(text: string): number | undefined {
  if (!/^\d{1,3}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 127 ? number : undefined;
}

/** Reads `name/rate[/channels]`. */
function readEncoding(text: string, payloadType: number): AudioCodec | undefined {
  const [name, rate, channels] = text.split("/");
  if (name === undefined || name === "" || rate === undefined || !/^\d{1,6}$/.test(rate)) return undefined;
  const base = { name, clockRateHz: Number(rate), payloadType };
  return channels !== undefined && /^\d{1,2}$/.test(channels) && channels !== "1"
    ? { ...base, channels: Number(channels) }
    : base;
}

/** The value of a codec's rtpmap attribute. */
export const printRtpmap = (codec: AudioCodec, payloadType: number): string =>
  `${payloadType} ${codec.name}/${codec.clockRateHz}${(codec.channels ?? 1) > 1 ? `/${codec.channels}` : ""}`;
