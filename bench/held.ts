import { setTimeout as pause } from "node:timers/promises";
import type { PhoneCall } from "@cordboard/phone";
import type { Figure } from "./figure.ts";
import { openOffice } from "./office.ts";
import { openPhones } from "./phones.ts";
import { processSeconds, processTree, pssMb, threadSeconds } from "./processes.ts";
import { openRtpLoad } from "./rtp-load.ts";
import { rounded } from "./spread.ts";
import { talk } from "./talks.ts";

const CALLS = 500;
const SETTLE_MS = 20_000;
const MEASURE_MS = 10_000;
/** Packets that the held side of each call gets in a second. */
const MUSIC_RATE = 50;
/** As the system names it. */
const SOUND_THREAD = "cordboard-sound";

/** What it takes to let many callers wait. */
export const held: Figure = {
  name: "held",
  about: `memory of all processes of a server with ${CALLS} calls on hold, database included: two registered phones each, one that holds and one that hears music (PSS, ${SETTLE_MS / 1000} s after the last was held)`,
  async measure(bench) {
    let packets = 0;
    const load = await openRtpLoad(() => packets++);
    const office = await openOffice(bench, { users: CALLS * 2 });
    const phones = await openPhones(office, "auto", (index) => ({ madeAt: load.placeOf(index) }));
    const { pid } = office.server.child;
    const memoryMb = (): number => processTree(pid).reduce((sum, each) => sum + pssMb(each), 0);
    const used = (): readonly [sound: number, all: number] => [threadSeconds(pid, SOUND_THREAD), processSeconds(pid)];
    try {
      await pause(SETTLE_MS);
      const emptyMb = memoryMb();
      const calls: PhoneCall[] = [];
      await talk(phones, { from: 0, to: CALLS }, async ({ call }) => {
        calls.push(call);
        await call.hold();
      });
      await pause(SETTLE_MS);
      const [soundBefore, allBefore] = used();
      const packetsBefore = packets;
      await pause(MEASURE_MS);
      const seconds = MEASURE_MS / 1000;
      const [sound, all] = used();
      const [fullMb, nodeMb] = [memoryMb(), pssMb(pid)];
      const musicRate = (packets - packetsBefore) / seconds / CALLS;
      if (musicRate < MUSIC_RATE / 2) throw new Error(`those who wait hear ${musicRate} packets a second of music`);
      await Promise.all(calls.map((call) => call.hangUp()));
      await office.server.backToZero();
      return {
        value: rounded(fullMb, 0),
        unit: "MB",
        aim: { atMost: 300 },
        details: {
          nodeMb: rounded(nodeMb, 0),
          emptyMb: rounded(emptyMb, 0),
          kbACall: rounded((1000 * (fullMb - emptyMb)) / CALLS, 0),
          musicPacketsASecondAndCall: rounded(musicRate, 1),
          soundThread: `${rounded((100 * (sound - soundBefore)) / seconds, 0)} % of a core`,
          otherThreads: `${rounded((100 * (all - allBefore - sound + soundBefore)) / seconds, 1)} % of a core`,
        },
      };
    } finally {
      await phones.bank.close();
      await office.close();
      await load.close();
    }
  },
};
