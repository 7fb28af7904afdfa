import { availableParallelism } from "node:os";
import { ms } from "@cordboard/kernel";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder, tell } from "@cordboard/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "./ask.ts";
import type { Child } from "./child.ts";
import { demo } from "./company.ts";
import { freePorts } from "./free-ports.ts";
import { peer } from "./peers.ts";
import type { ServerHealth } from "./server.ts";
import type { Sipp, SippFigures, SippOptions } from "./sipp.ts";
import { passed, startSipp } from "./sipp.ts";
import { within } from "./until.ts";
import { withServer } from "./with-server.ts";

/** So many times what the server can do. */
const FACTOR = 2;
const LOAD_SECONDS = 15;
const TALK_MS = 1_000;
/** How many calls are in hand at once while it is found out what the server can do, and how many are made. */
const LINES = 30;
const TRIAL_CALLS = 1_000;
/** So much of what it can do is done under twice as much, on a machine that makes the load as well. */
const GOODPUT = 0.7;
const DEADLINE_MS = 180_000;
const [CALLER, CALLEE] = ["101", "102"];

describe("offered twice the calls that it can do", () => {
  const program = peer("sipp");
  const server = withServer({
    as: "demo",
    // The load is to be what makes it busy, not what takes its processor away, nor the other way round.
    inside: availableParallelism() > 1 ? ["taskset", "--cpu-list", "0"] : [],
    // Rested ports are not to be what runs out.
    settings: { CORDBOARD_RTP_PORTS: "10000-31999" },
  });
  let folder: TestFolder;
  let callerPort = 0;
  let calleePort = 0;
  let callee: Sipp;

  type Told = Pick<SippOptions, "scenario" | "port" | "calls" | "words">;
  const sipp = ({ words = [], ...told }: Told): Sipp =>
    startSipp({
      program,
      folder: folder.path,
      server: server().addresses.sipUdp,
      transport: "udp",
      keys: { domain: demo.domain, caller: CALLER },
      ...told,
      words,
    });
  const ended = async (one: Sipp): Promise<SippFigures> => {
    await passed(one, DEADLINE_MS);
    return one.figures();
  };
  const call = (calls: number, perSecond: number, words: readonly string[]): Sipp =>
    sipp({
      scenario: "refusable",
      port: callerPort,
      calls,
      words: ["-s", CALLEE, "-au", CALLER, "-ap", demo.passwordOf(CALLER), "-r", String(perSecond), ...words],
    });
  /** Calls a second that go through when there are never more than a few in hand. */
  const capacity = async (): Promise<number> => {
    const from = machine.clock.monotonic();
    const { successful, refused } = await ended(call(TRIAL_CALLS, 10_000, ["-d", "0", "-l", String(LINES)]));
    return (successful - refused) / ((machine.clock.monotonic() - from) / 1000);
  };

  beforeAll(async () => {
    folder = await makeTestFolder();
    [callerPort, calleePort] = [await freePorts(3), await freePorts(3)];
    for (const [user, port] of [
      [CALLER, callerPort],
      [CALLEE, calleePort],
    ] as const) {
      const words = ["-s", user, "-au", user, "-ap", demo.passwordOf(user), "-key", "contact", `127.0.0.1:${port}`];
      await ended(sipp({ scenario: "register", port, calls: 1, words }));
    }
    callee = sipp({ scenario: "called", port: calleePort });
  });
  afterAll(async () => {
    await callee.child.stop("SIGKILL");
    await folder.remove();
  });

  test.each([
    { name: "it", stillMs: 0 },
    // Thousands of messages and as many repetitions wait for it then.
    { name: "even if it stands still in the middle, it", stillMs: 700 },
  ])(
    "$name does most of what it can, each call that it takes goes through, the others get 503 at once, and health answers",
    async ({ stillMs }) => {
      const before = await capacity();
      const perSecond = Math.round(FACTOR * before);
      const load = call(perSecond * LOAD_SECONDS, perSecond, ["-d", String(TALK_MS), "-l", "50000"]);
      const health = watchHealth(() => server().health());
      if (stillMs > 0) void standStill(server().child, (LOAD_SECONDS * 1000) / 3, stillMs);
      const figures = await ended(load).finally(() => load.child.stop("SIGKILL"));
      const seen = await health.stop();
      const after = await capacity();

      const taken = figures.successful - figures.refused;
      const goodput = taken / LOAD_SECONDS;
      tell("offered twice what it can do", {
        capacityPerSecond: [before, after].map(Math.round),
        offeredPerSecond: perSecond,
        takenPerSecond: Math.round(goodput),
        refused: figures.refused,
        refusedAfterMs: figures.refusedMs,
        answeredAfterMs: figures.answerMs,
        healthAnswers: seen.answers,
        healthSlowestMs: Math.round(seen.slowestMs),
        eventLoopDelayMs: seen.eventLoopDelayMs,
      });
      expect(figures).toMatchObject({ successful: perSecond * LOAD_SECONDS, failed: 0, unexpected: 0 });
      expect(figures.refused).toBeGreaterThan(0);
      expect(goodput).toBeGreaterThan(GOODPUT * Math.min(before, after));
      expect(seen.answers).toBeGreaterThan(0);
      expect(await turnedAway(server().addresses.http)).toBeGreaterThanOrEqual(figures.refused);
    },
    DEADLINE_MS,
  );

  test(
    "and afterwards everybody is let in again, and nothing is left",
    async () => {
      // The called sipp may have been too busy to answer a goodbye.
      await server().backToZero({ alsoLate: true });
      expect(await ended(call(60, 20, ["-d", "100"]))).toMatchObject({ successful: 60, failed: 0, refused: 0 });
      await server().backToZero();
    },
    DEADLINE_MS,
  );

  test(
    "calls go through while strangers flood it with what is no call",
    async () => {
      const floods = [
        { scenario: "options", words: [] },
        { scenario: "stranger", words: ["-s", "nobody"] },
      ] as const;
      const running = await Promise.all(
        floods.map(async ({ scenario, words }) =>
          sipp({ scenario, port: await freePorts(3), words: [...words, "-r", "10000", "-l", "20"] }),
        ),
      );
      try {
        const figures = await ended(call(200, 20, ["-d", String(TALK_MS)]));
        expect(figures).toMatchObject({ successful: 200, failed: 0, unexpected: 0 });
        expect(figures.refused).toBeLessThan(20);
        for (const flood of running) flood.finish();
        const counts = await Promise.all(running.map(ended));
        tell("calls through floods", {
          answeredAfterMs: figures.answerMs,
          refused: figures.refused,
          options: counts[0]?.successful,
          strangers: counts[1]?.successful,
        });
        expect(Math.min(...counts.map(({ successful }) => successful))).toBeGreaterThan(1000);
      } finally {
        await Promise.all(running.map(({ child }) => child.stop("SIGKILL")));
      }
      await server().backToZero({ alsoLate: true });
    },
    DEADLINE_MS,
  );
});

const pause = (forMs: number) => new Promise<void>((resolve) => machine.clock.after(ms(forMs), resolve));

/** Takes the processor away from a program, later and for a while. */
async function standStill(child: Child, afterMs: number, forMs: number): Promise<void> {
  await pause(afterMs);
  child.signal("SIGSTOP");
  await pause(forMs);
  child.signal("SIGCONT");
}

/** Asks again and again, until it is told to stop: how often it got an answer, and the slowest. Rejects when one does not come at all. */
function watchHealth(ask: () => Promise<ServerHealth>) {
  let isOn = true;
  let answers = 0;
  let slowestMs = 0;
  let eventLoopDelayMs = 0;
  const { clock } = machine;
  const watching = (async () => {
    while (isOn) {
      const from = clock.monotonic();
      const health = await within("health", 10_000, ask());
      answers++;
      slowestMs = Math.max(slowestMs, clock.monotonic() - from);
      eventLoopDelayMs = Math.max(eventLoopDelayMs, health.eventLoopDelayMs);
      // Somebody who watches, and not a load of its own; nor may one address ask for more than so much in a quarter of an hour.
      await pause(100);
    }
  })();
  return {
    stop: async () => {
      isOn = false;
      await watching;
      return { answers, slowestMs, eventLoopDelayMs };
    },
  };
}

/** New calls that the server says it has turned away. */
async function turnedAway(http: string): Promise<number> {
  const { text } = await ask(`${http}/metrics`);
  const counts = [...text.matchAll(/^cordboard_calls_turned_away_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
