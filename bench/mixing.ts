import { tmpdir } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Bench, Figure } from "./figure.ts";
import { openRtpLoad } from "./rtp-load.ts";
import { openSoundAlone } from "./sound-alone.ts";
import { quantile, rounded } from "./spread.ts";

/** Legs in rooms of three at each step. */
const STEPS = [99, 150, 201, 249, 300, 399, 501, 600, 750, 900];
/** A mixer whose packets leave later than this after their time, or that leaves one out, is past its knee. */
const MOST_LATE_MS = 20;
const BEAT_MS = 20;
const SETTLE_MS = 2000;
const MEASURE_MS = 5000;

/** How many legs in rooms a core mixes. */
export const mixing: Figure = {
  name: "mixing",
  about: `legs in rooms of three that are mixed on one core (50 packets a second in and out each), none left out and p99 of their lateness at most ${MOST_LATE_MS} ms`,
  async measure(bench) {
    const steps: Step[] = [];
    for (const legs of STEPS) {
      let step = await measureStep(bench, legs);
      // What another program of the machine did in these seconds is not the mixer's: it gets a second chance.
      if (!isCarried(step)) step = await measureStep(bench, legs);
      steps.push(step);
      if (!isCarried(step)) break;
    }
    return {
      value: steps.filter(isCarried).at(-1)?.legs ?? 0,
      unit: "legs",
      aim: { atLeast: 200 },
      details: Object.fromEntries(steps.map((step) => [`at ${step.legs}`, inWords(step)])),
    };
  },
};

interface Step {
  readonly legs: number;
  readonly lateMs: readonly number[];
  readonly heard: number;
  readonly lost: number;
  /** Share of a core. */
  readonly soundShare: number;
}

const isCarried = ({ legs, heard, lost, lateMs }: Step): boolean =>
  lost === 0 && heard >= (legs * (MEASURE_MS - BEAT_MS)) / BEAT_MS && quantile(lateMs, 0.99) <= MOST_LATE_MS;

const inWords = ({ lateMs, lost, soundShare }: Step): string =>
  `p99 ${rounded(quantile(lateMs, 0.99), 1)} ms late, ${lost} lost, ${rounded(100 * soundShare, 0)} % of a core`;

/** What came to one leg: when, after the time of its first packet, and under which number. */
interface Arrivals {
  readonly lateMs: number[];
  first: { readonly at: number; readonly sequence: number } | undefined;
  last: number;
}

async function measureStep(bench: Bench, legs: number): Promise<Step> {
  const legsHeard = new Map<number, Arrivals>();
  let isMeasuring = false;
  const load = await openRtpLoad((packet, port) => {
    if (!isMeasuring) return;
    const now = performance.now();
    const sequence = packet.readUInt16BE(2);
    const leg = legsHeard.get(port) ?? { lateMs: [], first: undefined, last: 0 };
    legsHeard.set(port, leg);
    leg.first ??= { at: now, sequence };
    leg.last = (sequence - leg.first.sequence) & 0xffff;
    leg.lateMs.push(now - leg.first.at - BEAT_MS * leg.last);
  });
  const sound = await openSoundAlone(bench, load, { mode: "mix", legs, folder: tmpdir() });
  try {
    await pause(SETTLE_MS);
    const before = sound.used();
    isMeasuring = true;
    await pause(MEASURE_MS);
    isMeasuring = false;
    const arrivals = [...legsHeard.values()];
    return {
      legs,
      // The packet that came soonest after its time is the beat.
      lateMs: arrivals.flatMap(({ lateMs }) => {
        const soonest = quantile(lateMs, 0);
        return lateMs.map((late) => late - soonest);
      }),
      heard: arrivals.reduce((sum, { lateMs }) => sum + lateMs.length, 0),
      lost: arrivals.reduce((sum, { last, lateMs }) => sum + last + 1 - lateMs.length, 0),
      soundShare: (sound.used().sound - before.sound) / (MEASURE_MS / 1000),
    };
  } finally {
    await sound.stop();
    await load.close();
  }
}
