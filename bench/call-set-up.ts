import { makeTestFolder } from "@cordboard/testkit";
import type { CallLoad, CallRun } from "./call-load.ts";
import { isCarried, openCallLoad } from "./call-load.ts";
import type { Bench, Figure } from "./figure.ts";
import type { Office } from "./office.ts";
import { openOffice, PORTS_FOR_MANY } from "./office.ts";
import { processSeconds, processTree, pssMb } from "./processes.ts";
import { latencies, quantile, rounded } from "./spread.ts";

const WARM_UP = { rate: 200, seconds: 20 };
const MEASURE_SECONDS = 8;
/** Rates are told apart to this many calls a second. */
const STEP = 20;
const FIRST_RATE = 300;
const HIGHEST_RATE = 2000;

/** Whole calls through the switch. */
export const callSetUp: Figure = {
  name: "call-set-up",
  about:
    "calls a second between registered phones over UDP that the server sets up on one core, all of them: INVITE with digest, 180, 200, ACK, ports for sound on both legs, BYE, and the history row, its database included",
  async measure(bench) {
    const open = (): Promise<Scene> => openScene(bench);
    const { best, tried, emptyMb, fullMb } = await highestRate(open);
    return {
      value: best?.rate ?? 0,
      unit: "calls/s",
      aim: { atLeast: 600 },
      details: {
        ...Object.fromEntries(tried.map((each) => [`at ${each.rate}`, inWords(each)])),
        ...latencies(best?.answeredAfterMs ?? []),
        cpuMsACall: rounded(best?.cpuMsACall ?? Number.NaN, 3),
        memoryBeforeMb: rounded(emptyMb, 0),
        memoryAfterMb: rounded(fullMb, 0),
        load: "sipp, calls of 0.5 s",
      },
    };
  },
};

/** A server that has compiled its paths, and the two who call. */
interface Scene {
  readonly office: Office;
  readonly load: CallLoad;
  readonly emptyMb: number;
  close(): Promise<void>;
}

async function openScene(bench: Bench): Promise<Scene> {
  const folder = await makeTestFolder();
  const office = await openOffice(bench, { users: 2, settings: PORTS_FOR_MANY });
  const close = async (): Promise<void> => {
    await office.close();
    await folder.remove();
  };
  try {
    const load = await openCallLoad(office, folder.path);
    const emptyMb = memoryMb(office);
    await load.call(WARM_UP.rate, WARM_UP.seconds);
    return { office, load, emptyMb, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** A run, and what it cost the server with its database. */
interface Measurement extends CallRun {
  readonly cpuMsACall: number;
}

interface Found {
  readonly best: Measurement | undefined;
  readonly tried: readonly Measurement[];
  readonly emptyMb: number;
  /** After the last run that succeeded. */
  readonly fullMb: number;
}

/** Goes up in steps of a quarter to the first rate that is too much, and halves the distance from there. */
async function highestRate(open: () => Promise<Scene>): Promise<Found> {
  const tried: Measurement[] = [];
  let best: Measurement | undefined;
  let tooMuch: number | undefined;
  let scene = await open();
  const { emptyMb } = scene;
  let fullMb = emptyMb;
  const trial = async (rate: number): Promise<Measurement> => {
    const run = await measure(scene, rate);
    if (isCarried(run)) {
      fullMb = memoryMb(scene.office);
      await scene.office.server.backToZero();
    } else {
      // Calls that were given up are still up: the next run would suffer from them, and the server waits for them unless told twice.
      const { child } = scene.office.server;
      child.signal("SIGTERM");
      await child.line(/"stopping: /);
      await scene.close();
      scene = await open();
    }
    return run;
  };
  try {
    for (let rate = FIRST_RATE; rate <= HIGHEST_RATE; ) {
      let run = await trial(rate);
      // What another program of the machine did in these seconds is not the server's: it gets a second chance.
      if (!isCarried(run)) run = await trial(rate);
      tried.push(run);
      if (isCarried(run)) best = run;
      else tooMuch = rate;
      const above = best?.rate ?? 0;
      const next = tooMuch === undefined ? rate * 1.25 : (above + tooMuch) / 2;
      rate = Math.round(next / STEP) * STEP;
      if (rate <= above || rate === tooMuch) break;
    }
    return { best, tried, emptyMb, fullMb };
  } finally {
    await scene.close();
  }
}

async function measure({ office, load }: Scene, rate: number): Promise<Measurement> {
  const { pid } = office.server.child;
  const used = (): number => processTree(pid).reduce((sum, each) => sum + processSeconds(each), 0);
  const before = used();
  const run = await load.call(rate, MEASURE_SECONDS);
  return { ...run, cpuMsACall: ((used() - before) * 1000) / run.calls };
}

function inWords(run: Measurement): string {
  const { failed, answeredAfterMs, cpuMsACall } = run;
  const p99 = rounded(quantile(answeredAfterMs, 0.99), 1);
  return `${isCarried(run) ? "all" : `${failed} failed`}, p99 ${p99} ms, ${rounded(cpuMsACall, 2)} ms of processor each`;
}

const memoryMb = ({ server }: Office): number =>
  processTree(server.child.pid).reduce((sum, pid) => sum + pssMb(pid), 0);
