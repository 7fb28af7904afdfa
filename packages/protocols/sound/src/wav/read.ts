import type { Millis, Result } from "@cordboard/kernel";
import { ms, ok, refused } from "@cordboard/kernel";
import { decodeG711 } from "../g711.ts";
import { SAMPLE_RATE_HZ } from "../level.ts";
import type { WavEncoding, WavFormat } from "./format.ts";
import { bytesOfSample, chunkName, formatTags, frameBytes, viewOf } from "./format.ts";

/** A WAV file's sound: its format, and its data as it stands in the file (a view, not a copy; whole frames only). */
export interface WavSound extends WavFormat {
  readonly data: Uint8Array;
}

/** Why bytes are no WAV file for us: no WAV at all, broken, or of a kind that telephony does not use. */
export type WavRefusal =
  | { readonly code: "not-wav" }
  | { readonly code: "broken-wav"; readonly why: "no-format" | "no-data" | "too-many-chunks" }
  | {
      readonly code: "unsupported-wav";
      readonly formatTag: number;
      readonly channels: number;
      readonly sampleRateHz: number;
      readonly bitsPerSample: number;
    };

/** Where a file's sound begins and of what kind it is; `dataBytes` is what the header claims. */
export interface WavLayout extends WavFormat {
  readonly dataOffset: number;
  readonly dataBytes: number;
}

const MAX_CHUNKS = 64;
const EXTENSIBLE = 0xfffe;

/** The encoding of a `fmt ` chunk at `at`, or a refusal that says what it is instead. */
function readFormat(view: DataView, at: number, length: number): Result<WavFormat, WavRefusal> {
  const declared = view.getUint16(at, true);
  // WAVE_FORMAT_EXTENSIBLE keeps the tag in the first two bytes of its sub-format.
  const formatTag = declared === EXTENSIBLE && length >= 40 ? view.getUint16(at + 24, true) : declared;
  const channels = view.getUint16(at + 2, true);
  const sampleRateHz = view.getUint32(at + 4, true);
  const bitsPerSample = view.getUint16(at + 14, true);
  const encodings: readonly WavEncoding[] = ["pcm16", "a-law", "mu-law"];
  const encoding = encodings.find((each) => formatTags[each] === formatTag);
  const isSupported = sampleRateHz === SAMPLE_RATE_HZ && (channels === 1 || channels === 2);
  if (encoding === undefined || !isSupported || bitsPerSample !== 8 * bytesOfSample(encoding))
    return refused({ code: "unsupported-wav", formatTag, channels, sampleRateHz, bitsPerSample });
  return ok({ encoding, channels });
}

/** Finds the format and the beginning of the sound in a file, or in its first kilobytes. */
export function findWavData(bytes: Uint8Array): Result<WavLayout, WavRefusal> {
  const view = viewOf(bytes);
  const isWav =
    bytes.length >= 12 &&
    view.getUint32(0, true) === chunkName("RIFF") &&
    view.getUint32(8, true) === chunkName("WAVE");
  if (!isWav) return refused({ code: "not-wav" });
  let format: WavFormat | undefined;
  let at = 12;
  for (let chunks = 0; at + 8 <= bytes.length; chunks++) {
    if (chunks === MAX_CHUNKS) return refused({ code: "broken-wav", why: "too-many-chunks" });
    const name = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (name === chunkName("fmt ") && length >= 16 && at + 8 + Math.min(length, 40) <= bytes.length) {
      const read = readFormat(view, at + 8, length);
      if (!read.ok) return read;
      format = read.value;
    }
    if (name === chunkName("data")) {
      if (format === undefined) return refused({ code: "broken-wav", why: "no-format" });
      return ok({ ...format, dataOffset: at + 8, dataBytes: length });
    }
    at += 8 + length + (length % 2);
  }
  return refused({ code: "broken-wav", why: format === undefined ? "no-format" : "no-data" });
}

/**
 * Reads a WAV file: 8 kHz, mono or stereo, 16-bit or G.711. Total: any bytes give a sound or a refusal. A data length that
 * runs over the end (a recording that a crash cut, or one still being written) means "up to the end".
 */
export function readWav(bytes: Uint8Array): Result<WavSound, WavRefusal> {
  const layout = findWavData(bytes);
  if (!layout.ok) return layout;
  const { encoding, channels, dataOffset, dataBytes } = layout.value;
  const available = Math.min(dataBytes, bytes.length - dataOffset);
  const whole = available - (available % frameBytes(layout.value));
  return ok({ encoding, channels, data: bytes.subarray(dataOffset, dataOffset + whole) });
}

/** How long the sound of a file lasts, by its beginning (a kilobyte is plenty) and its size. */
export function wavLength(head: Uint8Array, fileBytes: number): Result<Millis, WavRefusal> {
  const layout = findWavData(head);
  if (!layout.ok) return layout;
  const { dataOffset, dataBytes } = layout.value;
  const samples = Math.floor(Math.max(0, Math.min(dataBytes, fileBytes - dataOffset)) / frameBytes(layout.value));
  return ok(ms((1000 * samples) / SAMPLE_RATE_HZ));
}

/** The samples of a file's sound as mono: of stereo, the mean of both sides. */
export function monoSamples(sound: WavSound): Int16Array {
  const all = sound.encoding === "pcm16" ? pcm16Samples(sound.data) : decodeG711(sound.encoding, sound.data);
  if (sound.channels === 1) return all;
  const mono = new Int16Array(all.length >> 1);
  for (let i = 0; i < mono.length; i++) mono[i] = ((all[2 * i] ?? 0) + (all[2 * i + 1] ?? 0)) >> 1;
  return mono;
}

/** 16-bit samples out of bytes, lowest byte first, at any alignment. */
function pcm16Samples(data: Uint8Array): Int16Array {
  const view = viewOf(data);
  const samples = new Int16Array(data.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true);
  return samples;
}
