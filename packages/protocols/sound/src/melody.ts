import { ms } from "@cordboard/kernel";
import type { Tone, TonePart } from "./tone.ts";

/** Frequency of a note counted in semitones from A4 (440 Hz). */
const noteHz = (semitonesFromA4: number): number => 440 * 2 ** (semitonesFromA4 / 12);

/** Broken chords, lowest note first, in semitones from A4: C, A minor, F, G. Written for this project. */
const CHORDS: readonly (readonly [low: number, middle: number, high: number])[] = [
  [-9, -5, -2],
  [-12, -9, -5],
  [-16, -12, -9],
  [-14, -10, -7],
];

/** One chord played up, down and held, with a bass note an octave below under its first beat. */
function bar([low, middle, high]: (typeof CHORDS)[number]): readonly TonePart[] {
  const eighth = (...notes: readonly number[]): TonePart => ({ frequenciesHz: notes.map(noteHz), lasts: ms(240) });
  return [
    eighth(low, low - 12),
    eighth(middle),
    eighth(high),
    eighth(low + 12),
    eighth(high),
    eighth(middle),
    { frequenciesHz: [low, high].map(noteHz), lasts: ms(720) },
  ];
}

/** Music on hold: a short, quiet tune of broken chords, made by the tone generator so that nobody else's rights are in it. */
export const musicOnHold: Tone = {
  parts: CHORDS.flatMap(bar),
  levelDbm0: -18,
  fade: ms(25),
  isRepeating: true,
};
