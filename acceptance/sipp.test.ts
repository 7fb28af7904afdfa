import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder, tell } from "@cordboard/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demo } from "./company.ts";
import { freePorts } from "./free-ports.ts";
import { peer } from "./peers.ts";
import type { ServerHealth } from "./server.ts";
import type { Sipp, SippOptions } from "./sipp.ts";
import { startSipp } from "./sipp.ts";
import { within } from "./until.ts";
import { withServer } from "./with-server.ts";

const CALLS_PER_SECOND = 100;
const TALK_MS = 2_000;
const FOR_SECONDS = 30;
const CALLS = CALLS_PER_SECOND * FOR_SECONDS;
/** The load itself, then up to 32 s until the last transactions are forgotten. */
const DEADLINE_MS = 180_000;

describe("sipp", () => {
  const program = peer("sipp");
  const server = withServer({ as: "demo" });
  let folder: TestFolder;
  let idle: ServerHealth;
  beforeAll(async () => {
    folder = await makeTestFolder();
    await server().backToZero({ alsoLate: true });
    idle = await server().health();
  });
  afterAll(() => folder.remove());

  type Told = Pick<SippOptions, "scenario" | "transport" | "port" | "calls" | "keys" | "words">;
  const sipp = (told: Told): Sipp => {
    const { sipUdp, sipTcp } = server().addresses;
    const at = told.transport === "udp" ? sipUdp : sipTcp;
    return startSipp({
      program,
      folder: folder.path,
      server: at,
      ...told,
      keys: { domain: demo.domain, ...told.keys },
    });
  };
  const passed = async ({ child, errors }: Sipp): Promise<void> => {
    const { code } = await within("the end of sipp", DEADLINE_MS, child.ended);
    if (code !== 0) throw new Error(`sipp ended with ${code}\n${await errors()}\n${child.said.slice(-40).join("\n")}`);
  };

  test.each([
    { transport: "udp", from: "101", to: "102" },
    { transport: "tcp", from: "103", to: "104" },
  ] as const)(
    "over $transport, registered phones make 100 calls a second without a failure",
    async ({ transport, from, to }) => {
      const [callerPort, calledPort] = [await freePorts(3), await freePorts(3)];
      const as = (user: string, port: number): readonly string[] => [
        ...["-s", user, "-au", user, "-ap", demo.passwordOf(user), "-key", "contact", `127.0.0.1:${port}`],
      ];
      const { registrations } = await server().health();
      for (const [user, port] of [
        [from, callerPort],
        [to, calledPort],
      ] as const) {
        await passed(sipp({ scenario: "register", transport, port, calls: 1, keys: {}, words: as(user, port) }));
      }
      expect((await server().health()).registrations).toBe(registrations + 2);

      const called = sipp({ scenario: "called", transport, port: calledPort, calls: CALLS, keys: {} });
      const caller = sipp({
        scenario: "caller",
        transport,
        port: callerPort,
        calls: CALLS,
        keys: { caller: from },
        words: [
          ...["-s", to, "-au", from, "-ap", demo.passwordOf(from)],
          ...["-r", String(CALLS_PER_SECOND), "-d", String(TALK_MS), "-l", "2000"],
        ],
      });
      try {
        await Promise.all([passed(caller), passed(called)]);
      } finally {
        // When one has failed, the other waits for calls that will never come.
        await Promise.all([caller, called].map(({ child }) => child.stop("SIGKILL")));
      }
      const figures = await caller.figures();
      tell(`sipp over ${transport}`, { ...figures, eventLoopDelayMs: (await server().health()).eventLoopDelayMs });
      expect(figures).toMatchObject({ successful: CALLS, failed: 0, unexpected: 0 });
      expect(await called.figures()).toMatchObject({ successful: CALLS, failed: 0 });
      await server().backToZero();
    },
    DEADLINE_MS,
  );

  test(
    "and when the last transactions are over, nothing is left: no port, no dialog, no timer of a call",
    async () => {
      await server().backToZero({ alsoLate: true });
      // One for the end of each registration, and those that a server always has.
      expect((await server().health()).timers).toBeLessThanOrEqual(idle.timers + 4);
    },
    DEADLINE_MS,
  );
});
