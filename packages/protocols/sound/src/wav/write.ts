import type { Result } from "@cordboard/kernel";
import { ok } from "@cordboard/kernel";
import { SAMPLE_RATE_HZ } from "../level.ts";
import type { WavFormat } from "./format.ts";
import { bytesOfSample, chunkName, formatTags, frameBytes, UNKNOWN_LENGTH, viewOf } from "./format.ts";
import type { WavRefusal } from "./read.ts";
import { findWavData } from "./read.ts";

/** Bytes to put at a place in a file. */
export interface FilePatch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** G.711 needs an extension size in its `fmt ` chunk and a `fact` chunk (RFC 2361); plain 16-bit has neither. */
const dataOffsetOf = (format: WavFormat): number => (format.encoding === "pcm16" ? 44 : 58);

/**
 * The header of a file that is written as its sound comes: its lengths say "not known", which players take as "up to the
 * end". Sound follows it directly; {@link completedWav} sets the lengths when the file ends.
 */
export function wavHeader(format: WavFormat): Uint8Array {
  return headerOf(format, UNKNOWN_LENGTH);
}

/** A whole file: header, data (in the format named, whole frames; an odd end is cut off), and the padding byte if any. */
export function writeWav(format: WavFormat, data: Uint8Array): Uint8Array {
  const whole = data.length - (data.length % frameBytes(format));
  const header = headerOf(format, whole);
  const file = new Uint8Array(header.length + whole + (whole % 2));
  file.set(header);
  file.set(data.subarray(0, whole), header.length);
  return file;
}

/** The bytes of 16-bit samples, lowest byte first, as a WAV file holds them. */
export function pcm16Bytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = viewOf(bytes);
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, samples[i] ?? 0, true);
  return bytes;
}

/**
 * What to overwrite in a file that began with {@link wavHeader}, now that `dataBytes` of sound follow it: at its end, and now and then before
 * it for players that believe every length.
 */
export function completedWav(format: WavFormat, dataBytes: number): readonly FilePatch[] {
  return [{ offset: 0, bytes: headerOf(format, Math.min(dataBytes, UNKNOWN_LENGTH - 1)) }];
}

/**
 * What to overwrite in a file whose writer did not come to its end, so that its lengths fit its size. `head` is the file's
 * beginning (a kilobyte is plenty), `fileBytes` its size. Works on any WAV file, and changes nothing in a healthy one.
 */
export function repairedWav(head: Uint8Array, fileBytes: number): Result<readonly FilePatch[], WavRefusal> {
  const layout = findWavData(head);
  if (!layout.ok) return layout;
  const { dataOffset, dataBytes } = layout.value;
  const present = Math.max(0, Math.min(fileBytes - dataOffset, UNKNOWN_LENGTH - 1));
  const riffEnd = viewOf(head).getUint32(4, true) + 8;
  const padding = dataBytes % 2;
  // Nothing but sound can follow the sound when its lengths claim nothing more: its writer brings them up to date now and then.
  const isBehind =
    present - dataBytes - padding >= frameBytes(layout.value) && riffEnd <= dataOffset + dataBytes + padding;
  if (dataBytes <= present && !isBehind) return ok([]);
  const whole = present - (present % frameBytes(layout.value));
  return ok([
    { offset: 4, bytes: uint32(Math.min(dataOffset - 8 + whole, UNKNOWN_LENGTH - 1)) },
    { offset: dataOffset - 4, bytes: uint32(whole) },
  ]);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

function headerOf(format: WavFormat, dataBytes: number): Uint8Array {
  const dataOffset = dataOffsetOf(format);
  const header = new Uint8Array(dataOffset);
  const view = viewOf(header);
  const isKnown = dataBytes !== UNKNOWN_LENGTH;
  const isPlain = format.encoding === "pcm16";
  view.setUint32(0, chunkName("RIFF"), true);
  view.setUint32(
    4,
    isKnown ? Math.min(dataOffset - 8 + dataBytes + (dataBytes % 2), UNKNOWN_LENGTH) : UNKNOWN_LENGTH,
    true,
  );
  view.setUint32(8, chunkName("WAVE"), true);
  view.setUint32(12, chunkName("fmt "), true);
  view.setUint32(16, isPlain ? 16 : 18, true);
  view.setUint16(20, formatTags[format.encoding], true);
  view.setUint16(22, format.channels, true);
  view.setUint32(24, SAMPLE_RATE_HZ, true);
  view.setUint32(28, SAMPLE_RATE_HZ * frameBytes(format), true);
  view.setUint16(32, frameBytes(format), true);
  view.setUint16(34, 8 * bytesOfSample(format.encoding), true);
  if (!isPlain) {
    view.setUint32(38, chunkName("fact"), true);
    view.setUint32(42, 4, true);
    view.setUint32(46, isKnown ? Math.floor(dataBytes / frameBytes(format)) : UNKNOWN_LENGTH, true);
  }
  view.setUint32(dataOffset - 8, chunkName("data"), true);
  view.setUint32(dataOffset - 4, dataBytes, true);
  return header;
}
