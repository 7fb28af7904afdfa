import type { Figure } from "./figure.ts";
import type { Office } from "./office.ts";
import { openOffice } from "./office.ts";
import { processSeconds, processTree, pssMb } from "./processes.ts";
import type { Registered, RegisterLoad, Way } from "./register-load.ts";
import { openRegisterLoad } from "./register-load.ts";
import { latencies, rounded } from "./spread.ts";

const USERS = 1_000;
const WARM_UP_MS = 3_000;
const MEASURE_MS = 8_000;

/** Registrations with proof. */
export const register: Figure = {
  name: "register",
  about: `200s to REGISTER a second over UDP by the server on one core: ${USERS} addresses of record that refresh in turn, each request with valid credentials under a new count of its nonce`,
  async measure(bench) {
    const office = await openOffice(bench, { users: USERS });
    const load = await openRegisterLoad(office);
    try {
      const emptyMb = memoryMb(office);
      await load.register("challenged", WARM_UP_MS);
      await load.register("at-once", WARM_UP_MS);
      await forgotten(office);
      const refreshing = await measure(office, load, "at-once");
      const { transactions } = await office.server.health();
      const memoryMbAfter = memoryMb(office);
      await forgotten(office);
      const challenged = await measure(office, load, "challenged");
      return {
        value: rounded(refreshing.perSecond, 0),
        unit: "registrations/s",
        aim: { atLeast: 8_000 },
        details: {
          ...latencies(refreshing.answeredAfterMs),
          failed: refreshing.failed + challenged.failed,
          cpuMsARegistration: rounded(refreshing.cpuMsEach, 3),
          challengedEachTimeASecond: rounded(challenged.perSecond, 0),
          cpuMsAChallengedRegistration: rounded(challenged.cpuMsEach, 3),
          memoryBeforeMb: rounded(emptyMb, 0),
          memoryAfterMb: rounded(memoryMbAfter, 0),
          // Each is kept for 32 s over UDP, and at most 300,000: for longer than these seconds, they are the limit.
          transactionsKept: transactions,
        },
      };
    } finally {
      load.close();
      await office.close();
    }
  },
};

interface Measurement extends Registered {
  readonly perSecond: number;
  readonly cpuMsEach: number;
}

async function measure({ server }: Office, load: RegisterLoad, way: Way): Promise<Measurement> {
  const used = (): number => processTree(server.child.pid).reduce((sum, pid) => sum + processSeconds(pid), 0);
  const before = { at: performance.now(), used: used() };
  const outcome = await load.register(way, MEASURE_MS);
  const seconds = MEASURE_MS / 1000;
  return {
    ...outcome,
    perSecond: outcome.registered / seconds,
    cpuMsEach: ((used() - before.used) * 1000) / outcome.registered,
  };
}

/** Waits until the transactions of what was registered are forgotten, which takes 32 s (64 × T1). */
const forgotten = ({ server }: Office): Promise<void> => server.backToZero({ alsoLate: true });

const memoryMb = ({ server }: Office): number =>
  processTree(server.child.pid).reduce((sum, pid) => sum + pssMb(pid), 0);
