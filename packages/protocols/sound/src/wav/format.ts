import type { G711Law } from "../g711.ts";

/** How a WAV file that we read or write holds its samples: 16-bit linear, or G.711. */
export type WavEncoding = "pcm16" | G711Law;

/** What stands in a WAV header, for the files that telephony uses: always 8 kHz. */
export interface WavFormat {
  readonly encoding: WavEncoding;
  /** Stereo is what call recordings have: each side on its own channel. */
  readonly channels: 1 | 2;
}

/** Format tags of RFC 2361. */
export const formatTags: Readonly<Record<WavEncoding, number>> = { pcm16: 1, "a-law": 6, "mu-law": 7 };

/** Bytes of one sample of one channel. */
export const bytesOfSample = (encoding: WavEncoding): number => (encoding === "pcm16" ? 2 : 1);

/** Bytes of one sample of all channels: the unit that a file's data is cut to. */
export const frameBytes = (format: WavFormat): number => bytesOfSample(format.encoding) * format.channels;

/** Data length that stands for "not known yet" in a file that is being written. */
export const UNKNOWN_LENGTH = 0xffff_ffff;

/** A four-character chunk name as the number that its bytes make, first byte lowest. */
export function chunkName(name: string): number {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = value * 256 + (name.charCodeAt(i) & 0x7f);
  return value;
}

/** Reads and writes numbers at their place in a byte array, lowest byte first as RIFF has it. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
