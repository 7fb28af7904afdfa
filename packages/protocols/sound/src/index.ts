export type { G711Law } from "./g711.ts";
export {
  convertCodes,
  decodeG711,
  encodeG711,
  encodeG711Into,
  expansionOf,
  lawConversion,
  lawOfRtpName,
  rtpNameOfLaw,
  silenceCode,
} from "./g711.ts";
export type { ToneThreshold } from "./goertzel.ts";
export { dominantFrequency, isToneHeard, soundLevelDbm0, toneLevelDbm0, toneShare, toneTime } from "./goertzel.ts";
export { SAMPLE_RATE_HZ } from "./level.ts";
export { musicOnHold } from "./melody.ts";
export { addSamples, clampSamples, subtractSamples } from "./mix.ts";
export type { CallProgressTone, SampleReader, Tone, TonePart } from "./tone.ts";
export { europeanTones, readTone, renderTone, steadyTone } from "./tone.ts";
export type { WavEncoding, WavFormat } from "./wav/format.ts";
export type { WavRefusal, WavSound } from "./wav/read.ts";
export { monoSamples, readWav, wavLength } from "./wav/read.ts";
export type { FilePatch } from "./wav/write.ts";
export { completedWav, pcm16Bytes, repairedWav, wavHeader, writeWav } from "./wav/write.ts";
