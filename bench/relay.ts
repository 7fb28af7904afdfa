import { setTimeout as pause } from "node:timers/promises";
import type { PhoneCall } from "@cordboard/phone";
import { startRtpengine } from "@cordboard/testkit/rtpengine";
import type { Bench, Figure, Measured } from "./figure.ts";
import type { Office } from "./office.ts";
import { openOffice } from "./office.ts";
import type { Phones } from "./phones.ts";
import { openPhones } from "./phones.ts";
import { processSeconds, processTree, pssMb, threadSeconds } from "./processes.ts";
import type { Heard, RtpLoad } from "./rtp-load.ts";
import { openRtpLoad } from "./rtp-load.ts";
import { quantile, rounded } from "./spread.ts";
import { talk } from "./talks.ts";

/** Calls that are up at each step. */
const STEPS = [100, 200, 300, 400, 500, 600, 650, 700, 750, 800, 850, 900, 950, 1000];
const LARGEST = 1000;
/** A relay that holds packets for longer, or loses one, is past its knee. */
const MOST_DELAY_MS = 20;
const SETTLE_MS = 2000;
const MEASURE_MS = 5000;
/** Two of each leg for its peer, and two for us. */
const PORTS_OF_A_CALL = 8;
/** As the system names it. */
const SOUND_THREAD = "cordboard-sound";

/** How many calls with sound a core carries. */
export const relay: Figure = relayFigure("relay", { carrier: "the server", aim: { atLeast: 600 }, begin: builtIn });

/** How many calls with sound a core carries when rtpengine has it, in user space and with one thread, beside the server. */
export const relayByRtpengine: Figure = relayFigure("relay-by-rtpengine", {
  carrier: "the server and one rtpengine beside it",
  aim: "none",
  begin: beginRtpengine,
});

/** Who carries the sound of a measurement. */
interface Carrier {
  /** Settings of the server for it. */
  readonly settings: Readonly<Record<string, string>>;
  /** It is no part of the server. */
  readonly isApart: boolean;
  /** Seconds of processor time that it has used for sound, of the server with this process id. */
  soundSeconds(serverPid: number): number;
  end(): Promise<void>;
}

/** A kind of carrier, and what is expected of it. */
interface CarrierKind {
  readonly carrier: string;
  readonly aim: Measured["aim"];
  begin(bench: Bench): Promise<Carrier>;
}

function builtIn(): Promise<Carrier> {
  const soundSeconds = (pid: number): number => threadSeconds(pid, SOUND_THREAD);
  return Promise.resolve({ settings: {}, isApart: false, soundSeconds, end: () => Promise.resolve() });
}

async function beginRtpengine({ serverInside: inside }: Bench): Promise<Carrier> {
  const { host, port, pid, kill } = await startRtpengine({ soundPorts: LARGEST * PORTS_OF_A_CALL, inside });
  const settings = { CORDBOARD_MEDIA: `rtpengine=${host}:${port}` };
  return { settings, isApart: true, soundSeconds: () => processSeconds(pid), end: kill };
}

function relayFigure(name: string, { carrier: by, aim, begin }: CarrierKind): Figure {
  const about = `calls whose G.711 is relayed both ways (100 packets a second in, 100 out) by ${by} on one core, none lost and p99 of the way through at most ${MOST_DELAY_MS} ms`;
  return { name, about, measure: (bench) => measureRelay(bench, { aim, begin }) };
}

async function measureRelay(bench: Bench, { aim, begin }: Pick<CarrierKind, "aim" | "begin">): Promise<Measured> {
  const load = await openRtpLoad();
  const carrier = await begin(bench);
  const office = await openOffice(bench, { users: LARGEST * 2, settings: carrier.settings });
  // Caller and called of a call share a place, so that a packet comes back to where it was sent from.
  const phones = await openPhones(office, "auto", (index) => ({ madeAt: load.placeOf(index % LARGEST) }));
  try {
    const calls: PhoneCall[] = [];
    const steps = await climb({ office, load, carrier }, (size) => callUp(phones, load, calls, size));
    load.hush();
    await Promise.all(calls.map((call) => call.hangUp()));
    await office.server.backToZero();
    const knee = steps.filter(isCarried).at(-1);
    return {
      value: knee?.calls ?? 0,
      unit: "calls",
      aim,
      details: {
        ...Object.fromEntries(steps.map((step) => [`at ${step.calls}`, inWords(step)])),
        processorMsASecondAndCall: rounded(
          ((knee === undefined ? Number.NaN : shareOf(knee, carrier)) / (knee?.calls ?? 1)) * 1000,
          2,
        ),
        memoryKbACall: rounded(memoryKbACall(steps), 0),
        withoutServer: inDirectWords(await measureDirectly(load, knee?.calls ?? LARGEST)),
      },
    };
  } finally {
    load.hush();
    await phones.bank.close();
    await office.close();
    await carrier.end();
    await load.close();
  }
}

/** One size of load, and what it took. */
interface Step {
  readonly calls: number;
  readonly heard: Heard;
  /** Shares of a core: of the server's thread for sound or of rtpengine, of the server with all its threads, of its database. */
  readonly soundShare: number;
  readonly serverShare: number;
  readonly databaseShare: number;
  readonly memoryMb: number;
}

/** What takes part in a measurement. */
interface Scene {
  readonly office: Office;
  readonly load: RtpLoad;
  readonly carrier: Carrier;
}

/** Takes the steps up to the first that is too high. */
async function climb(scene: Scene, callUpTo: (size: number) => Promise<void>): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const size of STEPS) {
    await callUpTo(size);
    let step = await measureStep(scene, size);
    // What another program of the machine did in these seconds is not the relay's: it gets a second chance.
    if (!isCarried(step)) step = await measureStep(scene, size);
    steps.push(step);
    if (!isCarried(step)) break;
  }
  return steps;
}

const isCarried = ({ heard }: Step): boolean => heard.lost === 0 && quantile(heard.delaysMs, 0.99) <= MOST_DELAY_MS;

/** Sets more calls up until there are `size`, and lets their phones speak. */
const callUp = (phones: Phones, load: RtpLoad, calls: PhoneCall[], size: number): Promise<void> =>
  talk(phones, { from: calls.length, to: size }, ({ pair, call, taken }) => {
    for (const { soundGoesTo } of [call, taken]) if (soundGoesTo !== undefined) load.speak(pair, soundGoesTo);
    calls.push(call);
  });

async function measureStep({ office, load, carrier }: Scene, calls: number): Promise<Step> {
  const { pid } = office.server.child;
  await pause(SETTLE_MS);
  const database = processTree(pid).filter((each) => each !== pid);
  const used = (): readonly number[] => [
    carrier.soundSeconds(pid),
    processSeconds(pid),
    ...database.map(processSeconds),
  ];
  const before = used();
  const startedAt = performance.now();
  const heard = await load.measure(MEASURE_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  // A process of the database that has ended meanwhile has no time to tell any more.
  const shares = used().map((each, index) => Math.max(0, each - (before[index] ?? 0)) / seconds);
  const [soundShare = 0, serverShare = 0, ...databaseShares] = shares;
  return {
    calls,
    heard,
    soundShare,
    serverShare,
    databaseShare: databaseShares.reduce((sum, share) => sum + share, 0),
    memoryMb: pssMb(pid),
  };
}

/** The load with nothing between its legs: what it adds to every figure above. */
async function measureDirectly(load: RtpLoad, calls: number): Promise<Heard> {
  for (let leg = 0; leg < calls * 2; leg++) load.speak(leg, load.placeOf(leg));
  await pause(SETTLE_MS);
  const heard = await load.measure(MEASURE_MS);
  load.hush();
  return heard;
}

/** What of the core calls take in all, the database left out. */
const shareOf = ({ serverShare, soundShare }: Step, { isApart }: Carrier): number =>
  isApart ? serverShare + soundShare : serverShare;

/** What each call more took from the first step to the last. */
function memoryKbACall(steps: readonly Step[]): number {
  const [first, last] = [steps.at(0), steps.at(-1)];
  if (first === undefined || last === undefined || first === last) return Number.NaN;
  return ((last.memoryMb - first.memoryMb) / (last.calls - first.calls)) * 1000;
}

const percent = (share: number): string => `${rounded(share * 100, 0)} %`;

const delayInWords = ({ delaysMs }: Heard): string =>
  `p50 ${rounded(quantile(delaysMs, 0.5), 2)} ms, p99 ${rounded(quantile(delaysMs, 0.99), 2)} ms`;

function inWords({ heard, soundShare, serverShare, databaseShare }: Step): string {
  const shares = `of the core ${percent(soundShare)} sound, ${percent(serverShare)} server with its own sound, ${percent(databaseShare)} database`;
  return `${delayInWords(heard)}, ${heard.lost} lost, ${heard.disordered} out of order, ${shares}`;
}

const inDirectWords = (heard: Heard): string =>
  `${delayInWords(heard)}, ${heard.lost} lost, the load late by p99 ${rounded(quantile(heard.lateMs, 0.99), 2)} ms`;
