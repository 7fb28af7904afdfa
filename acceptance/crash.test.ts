import type { HistoryView } from "@cordboard/core";
import type { Instant } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { SeededRandom } from "@cordboard/testkit";
import { isSoak, machine, makeTestFolder, postmastersOf, seededRandom, tell } from "@cordboard/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { administer } from "./admin-socket.ts";
import { Fuse, moments, planFuse } from "./crash-fuse.ts";
import type { Attempt } from "./crash-office.ts";
import { Office } from "./crash-office.ts";
import type { Server } from "./server.ts";
import { startServer } from "./server.ts";
import { openStream } from "./stream-client.ts";
import { keepingUp } from "./stream-load.ts";
import { until, within } from "./until.ts";

const SEED = 41;
const KILLS = isSoak ? 100 : 25;
const LONGEST_RESTART_MS = 3000;
const DEADLINE_MS = KILLS * 20_000;

const closing: (() => Promise<unknown>)[] = [];
let server: Server;
let office: Office;
let key: string;

beforeAll(async () => {
  const folder = await makeTestFolder();
  closing.push(() => folder.remove());
  server = await startServer({ data: `${folder.path}/data` });
  closing.push(() => server.stop());
  office = await Office.open(server);
  closing.push(() => office.close());
  ({ key } = await administer<{ readonly key: string }>(server.data, "key-create", { name: "onlooker" }));
}, 120_000);

afterAll(async () => {
  for (const close of closing.reverse()) await close();
}, 60_000);

test(
  `${KILLS} kills in the middle of calls lose no registration and no call, and leave one database`,
  async () => {
    const random = seededRandom(SEED);
    const restarts: number[] = [];
    const totals = { calls: 0, answered: 0, rows: 0, interrupted: 0, recorded: 0 };
    for (let round = 0; round < KILLS; round++) {
      const crash = await crashIn(round, random);
      restarts.push(await restart());
      expect({ round, postmasters: await postmastersOf(`${server.data}/postgres`) }).toMatchObject({
        postmasters: [expect.any(Number)],
      });
      expect({ round, registrations: (await server.health()).registrations }).toEqual({
        round,
        registrations: office.size,
      });
      const rows = await rowsBetween(crash);
      expect({ round, faults: faultsOf(crash, rows) }).toEqual({ round, faults: [] });
      await keepingUp(server);
      await office.checkCall();
      await comeToRest();
      totals.calls += crash.attempts.length;
      totals.answered += crash.attempts.filter(isTaken).length;
      totals.rows += rows.length;
      totals.interrupted += rows.filter(({ lastapp }) => lastapp === "interrupted").length;
      totals.recorded += crash.recorded.size;
    }
    const sorted = restarts.toSorted((one, other) => one - other);
    const [longest = 0] = sorted.slice(-1);
    tell("crash", {
      seed: SEED,
      kills: KILLS,
      ...totals,
      restartMedianMs: Math.round(sorted[KILLS >> 1] ?? 0),
      restartLongestMs: Math.round(longest),
    });
    expect(totals.interrupted).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(LONGEST_RESTART_MS);
  },
  DEADLINE_MS,
);

/** What had been promised when the server was killed. */
interface Crash {
  readonly from: Instant;
  readonly to: Instant;
  readonly attempts: readonly Attempt[];
  /** Rows that the live stream had told of as committed. */
  readonly recorded: ReadonlyMap<string, HistoryView>;
}

/** Places calls and kills the server at a seeded place in them. */
async function crashIn(round: number, random: SeededRandom): Promise<Crash> {
  await keepingUp(server);
  const from = machine.clock.now();
  const moment = moments[round % moments.length] ?? "ringing";
  const fuse = new Fuse(planFuse(moment, random), () => server.child.signal("SIGKILL"));
  const recorded = new Map<string, HistoryView>();
  const looking = openStream({
    origin: server.addresses.http,
    path: "/events?topics=calls,history",
    headers: { "x-api-key": key },
    onText: (text) => {
      const { event, data } = JSON.parse(text) as {
        readonly event?: string;
        readonly data?: { readonly row: HistoryView };
      };
      // The call after the last crash may be told of only now.
      const isOfThisRound = event === "history.recorded.v1" && data !== undefined && beganAt(data.row) >= from;
      if (isOfThisRound) recorded.set(data.row.id, data.row);
      fuse.event(text);
    },
  });
  office.onSip = (direction, text) => fuse.sip(direction, text);
  const attempts = office.plan(random);
  const work = office.work(attempts, server.addresses.http, () => fuse.isBlown).then(() => fuse.force());
  await within(`a kill in ${moment}`, 15_000, fuse.blown);
  await server.kill();
  const to = machine.clock.now();
  await looking.ended;
  // Only what the killed server had said counts: the next one is not there yet.
  const said = attempts.map((attempt) => ({ ...attempt }));
  office.letGo();
  closing.push(() => work);
  return { from, to, attempts: said, recorded };
}

/** Starts a server on what the last one left, at the same SIP port; returns how long it took to serve, in milliseconds. */
async function restart(): Promise<number> {
  const sipPort = server.addresses.sipUdp.split(":")[1];
  server = await startServer({ data: server.data, settings: { CORDBOARD_SIP_PORT: sipPort } });
  return server.readyAfterMs;
}

/** The rows of the calls that began in this round and before the crash. */
async function rowsBetween({ from, to }: Crash): Promise<readonly HistoryView[]> {
  const rows = await administer<readonly HistoryView[]>(server.data, "history", { count: 1000, from: isoText(from) });
  return rows.filter((row) => beganAt(row) <= to);
}

/** When a call began, to the millisecond: its id says it (48 bits of time in ten digits of base 32). */
function beganAt({ id }: HistoryView): number {
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  return [...id.slice("call_".length).slice(0, 10)].reduce((time, digit) => time * 32 + digits.indexOf(digit), 0);
}

/** Whether the server told the caller that it has the call. One that is overloaded says 503 at the door, and a program is refused by HTTP. */
const isTaken = ({ by, status }: Attempt): boolean => (by === "sip" ? status >= 180 && status !== 503 : status === 200);

/** What the history says wrongly of the calls that the crash met. */
function faultsOf({ attempts, recorded }: Crash, rows: readonly HistoryView[]): readonly string[] {
  const faults: string[] = [];
  for (const attempt of attempts) {
    const { from, to, by, fate, status } = attempt;
    const own = rows.filter(({ src, dst }) => src === from && dst === to);
    const what = `${by} ${from} → ${to} (${fate})`;
    if (own.length > 1) faults.push(`${what} has ${own.length} rows`);
    if (isTaken(attempt) && own.length === 0) faults.push(`${what} was answered with ${status} and has no row`);
    const isUp = fate === "rings" || fate === "talks";
    if (isUp && own.some(({ lastapp }) => lastapp !== "interrupted"))
      faults.push(`${what} was cut and is not interrupted`);
  }
  for (const { id, src, dst, start, end } of rows) {
    if (end === null || end < start) faults.push(`${src} → ${dst} has no end`);
    if (!attempts.some(({ from, to }) => from === src && to === dst)) faults.push(`${src} → ${dst} was never called`);
    const told = recorded.get(id);
    if (told !== undefined && told.end !== end)
      faults.push(`${src} → ${dst} was told of as ended at ${told.end}, not ${end}`);
  }
  for (const id of recorded.keys())
    if (!rows.some((row) => row.id === id)) faults.push(`${id} was told of and is lost`);
  return faults;
}

/** Waits until no INVITE of this round is on its way any more, and the server has nothing left. */
async function comeToRest(): Promise<void> {
  const unheard = (): readonly string[] => office.unheard();
  await until(
    () => `INVITEs to be heard: ${unheard().join(", ")}`,
    () => unheard().length === 0,
    { withinMs: 20_000 },
  );
  await server.backToZero();
}
