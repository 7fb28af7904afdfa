import type { Millis } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { amplitudeOf, SAMPLE_RATE_HZ } from "./level.ts";

/** A stretch of a {@link Tone}: some frequencies together for some time; no frequency is a pause. */
export interface TonePart {
  readonly frequenciesHz: readonly number[];
  readonly lasts: Millis;
}

/** A tone with its cadence. Its parts follow one another without a gap, and each frequency keeps its phase throughout. */
export interface Tone {
  readonly parts: readonly TonePart[];
  /** Level of each frequency alone; the sum is louder. */
  readonly levelDbm0: number;
  /** Length of the fade at both ends of every part, against clicks; 0 for none. */
  readonly fade: Millis;
  /** Whether the parts start again after the last one, for ever. */
  readonly isRepeating: boolean;
}

/** A call-progress tone as most of Europe knows it. */
export type CallProgressTone = "dial" | "ringback" | "busy" | "congestion";

const callProgress = (...cadence: readonly number[]): Tone => ({
  parts: cadence.map((lasts, i) => ({ frequenciesHz: i % 2 === 0 ? [425] : [], lasts: ms(lasts) })),
  levelDbm0: -10,
  fade: ms(0),
  isRepeating: true,
});

/** The European call-progress tones: 425 Hz with the cadences of ETSI TR 101 041-2 (Germany's are the same). */
export const europeanTones: Readonly<Record<CallProgressTone, Tone>> = {
  dial: callProgress(1000),
  ringback: callProgress(1000, 4000),
  busy: callProgress(500, 500),
  congestion: callProgress(250, 250),
};

/** A steady tone of one or more frequencies that lasts as long as it is read. */
export function steadyTone(levelDbm0: number, ...frequenciesHz: readonly number[]): Tone {
  return { parts: [{ frequenciesHz, lasts: ms(1000) }], levelDbm0, fade: ms(0), isRepeating: true };
}

/** Something that gives samples one stretch after the other. */
export interface SampleReader {
  /** Fills `into` from its start and says how many samples it gave; fewer than asked for means the end. */
  read(into: Int16Array): number;
}

/** How loud sample `at` of a part of `length` samples is, 0 to 1, under its fades. */
function envelope(at: number, length: number, fadeSamples: number): number {
  return fadeSamples === 0 ? 1 : Math.min(1, at / fadeSamples, (length - at) / fadeSamples);
}

/** Reads a tone at 8 kHz. A frequency's phase is that of one oscillator that has run since the start. */
export function readTone(tone: Tone): SampleReader {
  const amplitude = amplitudeOf(tone.levelDbm0);
  const fadeSamples = samplesIn(tone.fade);
  const parts = tone.parts.map((part) => ({
    radians: part.frequenciesHz.map((hz) => (2 * Math.PI * hz) / SAMPLE_RATE_HZ),
    length: samplesIn(part.lasts),
  }));
  const isSounding = parts.some((part) => part.length > 0);
  let [part, at, elapsed] = [0, 0, 0];
  return {
    read(into) {
      for (let i = 0; i < into.length; i++) {
        while (at >= (parts[part]?.length ?? 0)) {
          if (part + 1 >= parts.length && !(tone.isRepeating && isSounding)) return i;
          part = (part + 1) % parts.length;
          at = 0;
        }
        const now = parts[part];
        let sum = 0;
        for (const step of now?.radians ?? []) sum += Math.sin(step * elapsed);
        const sample = amplitude * sum * envelope(at, now?.length ?? 0, fadeSamples);
        into[i] = Math.max(-32_768, Math.min(32_767, Math.round(sample)));
        at++;
        elapsed++;
      }
      return into.length;
    },
  };
}

/** All parts of a tone once, as 8 kHz samples; capped at ten minutes. */
export function renderTone(tone: Tone): Int16Array {
  const length = tone.parts.reduce((sum, part) => sum + samplesIn(part.lasts), 0);
  const samples = new Int16Array(Math.min(length, 600 * SAMPLE_RATE_HZ));
  readTone(tone).read(samples);
  return samples;
}

/** Number of samples in a length of time; never negative. */
function samplesIn(time: Millis): number {
  return Math.max(0, Math.round((time * SAMPLE_RATE_HZ) / 1000));
}
