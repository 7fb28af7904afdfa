import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Bench, Figure } from "./figure.ts";
import { openRtpLoad } from "./rtp-load.ts";
import type { SoundMode } from "./sound-alone.ts";
import { openSoundAlone } from "./sound-alone.ts";
import { rounded } from "./spread.ts";

const CALLS = 200;
const SETTLE_MS = 2000;
const MEASURE_MS = 5000;
const ROUNDS = 3;

/** What it costs to write down what is said in a call. */
export const recording: Figure = {
  name: "recording",
  about: `processor time of ${CALLS} relayed calls that are recorded on two tracks, more than of the same calls unrecorded (the whole process of a sound engine, files included)`,
  async measure(bench) {
    const folder = await mkdtemp(join(tmpdir(), "cordboard-recording-"));
    try {
      // In turn, and the least of each: what others do on the machine only ever adds.
      let [plain, recorded] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let round = 0; round < ROUNDS; round++) {
        plain = Math.min(plain, await cpuUsAPacket(bench, "bridge", folder));
        recorded = Math.min(recorded, await cpuUsAPacket(bench, "record", folder));
      }
      return {
        value: rounded((100 * (recorded - plain)) / plain, 1),
        unit: "% more",
        aim: { atMost: 20 },
        details: { plainUsAPacket: rounded(plain, 2), recordedUsAPacket: rounded(recorded, 2) },
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** Processor time that one packet on its way through takes, in microseconds. */
async function cpuUsAPacket(bench: Bench, mode: SoundMode, folder: string): Promise<number> {
  let packets = 0;
  const load = await openRtpLoad(() => packets++);
  const sound = await openSoundAlone(bench, load, { mode, legs: 2 * CALLS, folder });
  try {
    await pause(SETTLE_MS);
    const [usedBefore, packetsBefore] = [sound.used().all, packets];
    await pause(MEASURE_MS);
    return (1e6 * (sound.used().all - usedBefore)) / (packets - packetsBefore);
  } finally {
    await sound.stop();
    await load.close();
  }
}
