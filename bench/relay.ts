import { setTimeout as pause } from "node:timers/promises";
import { ms } from "@cordboard/kernel";
import type { PhoneCall } from "@cordboard/phone";
import type { Figure } from "./figure.ts";
import type { Office } from "./office.ts";
import { openOffice } from "./office.ts";
import type { Phones } from "./phones.ts";
import { openPhones } from "./phones.ts";
import { processSeconds, processTree, pssMb, threadSeconds } from "./processes.ts";
import type { Heard, RtpLoad } from "./rtp-load.ts";
import { openRtpLoad } from "./rtp-load.ts";
import { quantile, rounded } from "./spread.ts";

/** Calls that are up at each step. */
const STEPS = [100, 200, 300, 400, 450, 500, 550, 600, 650, 700, 750, 800];
const LARGEST = 800;
/** A relay that holds packets for longer, or loses one, is past its knee. */
const MOST_DELAY_MS = 20;
const SETTLE_MS = 2000;
const MEASURE_MS = 5000;
const LINES = 8;

/** How many calls with sound a core carries. */
export const relay: Figure = {
  name: "relay",
  about: `calls whose G.711 is relayed both ways (100 packets a second in, 100 out) by the server on one core, none lost and p99 of the way through at most ${MOST_DELAY_MS} ms`,
  async measure(bench) {
    const load = await openRtpLoad();
    const office = await openOffice(bench, { users: LARGEST * 2 });
    const phones = await openPhones(office, "auto", (index) => ({ madeAt: placeOf(load, index) }));
    try {
      const emptyMb = memoryMb(office);
      const calls: PhoneCall[] = [];
      const steps: Step[] = [];
      for (const size of STEPS) {
        await callUp(phones, load, calls, size);
        let step = await measureStep(office, load, size);
        // What another program of the machine did in these seconds is not the relay's: it gets a second chance.
        if (!isCarried(step)) step = await measureStep(office, load, size);
        steps.push(step);
        if (!isCarried(step)) break;
      }
      const memory = memoryMb(office) - emptyMb;
      const up = calls.length;
      load.hush();
      await Promise.all(calls.map((call) => call.hangUp()));
      await office.server.backToZero();
      const knee = steps.filter(isCarried).at(-1);
      const direct = await measureDirectly(load, knee?.calls ?? up);
      return {
        value: knee?.calls ?? 0,
        unit: "calls",
        aim: { atLeast: 600 },
        details: {
          ...Object.fromEntries(steps.map((step) => [`at ${step.calls}`, inWords(step)])),
          cpuMsASecondAndCall: rounded(((knee?.serverShare ?? Number.NaN) / (knee?.calls ?? 1)) * 1000, 2),
          memoryKbACall: rounded((memory / up) * 1000, 0),
          withoutServer: `${delayInWords(direct)}, ${direct.lost} lost, sender late by p99 ${rounded(quantile(direct.lateMs, 0.99), 2)} ms`,
        },
      };
    } finally {
      load.hush();
      await phones.bank.close();
      await office.close();
      await load.close();
    }
  },
};

/** One size of load, and what it took. */
interface Step {
  readonly calls: number;
  readonly heard: Heard;
  /** Shares of a core: the server's thread for sound, the server with all its threads, and with its database. */
  readonly soundShare: number;
  readonly serverShare: number;
  readonly allShare: number;
}

const isCarried = ({ heard }: Step): boolean => heard.lost === 0 && quantile(heard.delaysMs, 0.99) <= MOST_DELAY_MS;

/** Caller and called of a call share a place, so that a packet comes back to where it was sent from. */
function placeOf(load: RtpLoad, phone: number): { readonly address: string; readonly port: number } {
  const { places } = load;
  const place = places[(phone % LARGEST) % places.length];
  if (place === undefined) throw new Error("the load has no socket");
  return place;
}

/** Sets more calls up until there are `size`, and lets their phones speak. */
async function callUp({ all }: Phones, load: RtpLoad, calls: PhoneCall[], size: number): Promise<void> {
  const from = calls.length;
  const missing = Array.from({ length: size - from }, (_, index) => from + index);
  const line = async (): Promise<void> => {
    for (let index = missing.shift(); index !== undefined; index = missing.shift()) {
      const [caller, called] = [all[index], all[LARGEST + index]];
      if (caller === undefined || called === undefined) throw new Error(`there is no phone for call ${index}`);
      const taking = called.nextCall({ within: ms(20_000) });
      const call = caller.call(called.user);
      await call.answered({ within: ms(20_000) });
      const taken = await taking;
      for (const { soundGoesTo } of [call, taken]) if (soundGoesTo !== undefined) load.speak(index, soundGoesTo);
      calls.push(call);
    }
  };
  await Promise.all(Array.from({ length: LINES }, line));
}

async function measureStep({ server }: Office, load: RtpLoad, calls: number): Promise<Step> {
  const { pid } = server.child;
  const used = (): readonly number[] => [
    threadSeconds(pid, "cordboard-sound"),
    processSeconds(pid),
    processTree(pid).reduce((sum, each) => sum + processSeconds(each), 0),
  ];
  await pause(SETTLE_MS);
  const before = used();
  const startedAt = performance.now();
  const heard = await load.measure(MEASURE_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const [soundShare = 0, serverShare = 0, allShare = 0] = used().map((each, i) => (each - (before[i] ?? 0)) / seconds);
  return { calls, heard, soundShare, serverShare, allShare };
}

/** The load with nothing between its legs: what it adds to every figure above. */
async function measureDirectly(load: RtpLoad, calls: number): Promise<Heard> {
  for (let leg = 0; leg < calls * 2; leg++)
    load.speak(leg, load.places[leg % load.places.length] ?? { address: "", port: 0 });
  await pause(SETTLE_MS);
  const heard = await load.measure(MEASURE_MS);
  load.hush();
  return heard;
}

const memoryMb = ({ server }: Office): number => pssMb(server.child.pid);

const percent = (share: number): string => `${rounded(share * 100, 0)} %`;

function delayInWords({ delaysMs }: Heard): string {
  return `p50 ${rounded(quantile(delaysMs, 0.5), 2)} ms, p99 ${rounded(quantile(delaysMs, 0.99), 2)} ms`;
}

function inWords({ heard, soundShare, serverShare, allShare }: Step): string {
  const { lost, disordered } = heard;
  return (
    `${delayInWords(heard)}, ${lost} lost, ${disordered} out of order, ` +
    `core ${percent(allShare)} (sound thread ${percent(soundShare)}, whole server ${percent(serverShare)})`
  );
}
