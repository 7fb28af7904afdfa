import type { Outage, SeededRandom, Weather } from "@cordboard/testkit";
import { clearWeather, seededRandom } from "@cordboard/testkit";

/** How somebody answers a request within the dialog. */
export type Manner = "at once" | "slowly" | "refuses" | "never";

/** What a party does while its dialog lives. Times count from the beginning of the story, in milliseconds. */
export interface LifePlan {
  readonly reinviteAt: number | undefined;
  readonly requestAt: number | undefined;
  readonly byeAt: number;
  /** How it answers the other's re-INVITE and other requests. */
  readonly manner: Manner;
}

/** What one of those who are called does. */
export interface CalleePlan {
  readonly rings: boolean;
  readonly does: "answers" | "rejects" | "waits";
  /** Time from the INVITE to that, in milliseconds. */
  readonly after: number;
  readonly life: LifePlan;
}

/** An address that is broken for a while. */
export interface OutagePlan {
  readonly who: string;
  readonly how: Outage;
  readonly from: number;
  /** Undefined: it never comes back. */
  readonly until: number | undefined;
}

/** One call with all its mishaps, from a seed. */
export interface Plan {
  readonly seed: number;
  readonly transport: "udp" | "tcp";
  readonly weather: Weather;
  /** The INVITE reaches two at once, and both may answer. */
  readonly isForked: boolean;
  /** Those who are called ask for credentials first. */
  readonly isChallenged: boolean;
  readonly deadline: number;
  readonly cancelAt: number | undefined;
  readonly caller: LifePlan;
  readonly callees: readonly CalleePlan[];
  readonly outage: OutagePlan | undefined;
}

/** Addresses of the parties; `group` brings a message to both who are called. */
export const addresses: Addresses = { caller: "10.0.0.1", callees: ["10.0.0.2", "10.0.0.3"], group: "10.0.0.9" };

interface Addresses {
  readonly caller: string;
  readonly callees: readonly [string, string];
  readonly group: string;
}

const weathers: readonly Weather[] = [
  clearWeather,
  { loss: 0.1, duplication: 0.05, delayMs: [1, 400] },
  { loss: 0.05, duplication: 0.3, delayMs: [1, 900] },
  { loss: 0.2, duplication: 0.1, delayMs: [50, 150] },
];

/** The story of a seed: the same for the same number, on every machine. */
export function planOf(seed: number): Plan {
  const random = seededRandom(seed);
  const isForked = random.chance(0.2);
  const first = calleePlan(random);
  const second = random.chance(0.5)
    ? { ...calleePlan(random), does: first.does, after: first.after }
    : calleePlan(random);
  const isMeetingAtOnce = random.chance(0.25);
  const caller = lifePlan(random);
  return {
    seed,
    transport: random.chance(0.7) ? "udp" : "tcp",
    weather: pick(random, weathers),
    isForked,
    isChallenged: !isForked && random.chance(0.2),
    deadline: random.chance(0.3) ? random.between(2_000, 20_000) : random.between(60_000, 120_000),
    cancelAt: cancelTime(random, first.after),
    // At the same moment: both send a re-INVITE, and both hang up.
    caller: isMeetingAtOnce ? { ...caller, reinviteAt: first.life.reinviteAt, byeAt: first.life.byeAt } : caller,
    callees: isForked ? [first, second] : [first],
    outage: random.chance(0.3) ? outagePlan(random) : undefined,
  };
}

function calleePlan(random: SeededRandom): CalleePlan {
  const chance = random.next();
  return {
    rings: random.chance(0.7),
    does: chance < 0.75 ? "answers" : chance < 0.95 ? "rejects" : "waits",
    after: random.chance(0.3) ? random.between(0, 300) : random.between(0, 12_000),
    life: lifePlan(random),
  };
}

function lifePlan(random: SeededRandom): LifePlan {
  const chance = random.next();
  return {
    reinviteAt: random.chance(0.4) ? random.between(500, 25_000) : undefined,
    requestAt: random.chance(0.5) ? random.between(500, 25_000) : undefined,
    byeAt: random.chance(0.3) ? random.between(0, 13_000) : random.between(10_000, 60_000),
    manner: chance < 0.5 ? "at once" : chance < 0.8 ? "slowly" : chance < 0.92 ? "refuses" : "never",
  };
}

/** Half of those who give up do so about when the other answers, so that CANCEL and 200 cross. */
function cancelTime(random: SeededRandom, answerAfter: number): number | undefined {
  if (!random.chance(0.25)) return undefined;
  return random.chance(0.5) ? answerAfter + random.between(0, 800) : random.between(0, 15_000);
}

function outagePlan(random: SeededRandom): OutagePlan {
  const from = random.chance(0.4) ? 0 : random.between(0, 30_000);
  return {
    who: random.chance(0.5) ? addresses.caller : addresses.callees[0],
    how: pick(random, ["silent", "silent", "refusing", "refusing-later", "unsteady", "unsteady"]),
    from,
    until: random.chance(0.7) ? from + random.between(500, 45_000) : undefined,
  };
}

function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  const item = items[random.between(0, items.length - 1)];
  if (item === undefined) throw new Error("there is nothing to pick from");
  return item;
}
