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

/** The codecs of the built-in sound engine. */
export const PCMU: AudioCodec = { name: "PCMU", clockRateHz: 8000, payloadType: 0 };
export const PCMA: AudioCodec = { name: "PCMA", clockRateHz: 8000, payloadType: 8 };
export const G722: AudioCodec = { name: "G722", clockRateHz: 8000, payloadType: 9 };
export const G729: AudioCodec = { name: "G729", clockRateHz: 8000, payloadType: 18 };
export const OPUS: AudioCodec = { name: "opus", clockRateHz: 48_000, channels: 2, payloadType: 111, fmtp: "useinbandfec=1" };
/** Digits as RTP events. @rfc 4733 */
export const TELEPHONE_EVENT: AudioCodec = { name: "telephone-event", clockRateHz: 8000, payloadType: 101, fmtp: "0-16" };
