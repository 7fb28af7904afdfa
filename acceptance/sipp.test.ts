import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestFolder } from "@cordboard/testkit";
import { isSoak, makeTestFolder, tell } from "@cordboard/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "./ask.ts";
import { demo } from "./company.ts";
import type { Crowd } from "./crowd.ts";
import { makeCrowd } from "./crowd.ts";
import { freePorts } from "./free-ports.ts";
import type { Line } from "./line.ts";
import { openLine } from "./line.ts";
import { peer } from "./peers.ts";
import type { ServerHealth } from "./server.ts";
import type { SippOptions } from "./sipp.ts";
import { passed, startSipp } from "./sipp.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const CALLS_PER_SECOND = 200;
const TALK_MS = 2_000;
/** Half a minute for each transport by `npm run soak -- sipp`. */
const FOR_SECONDS = isSoak ? 30 : 10;
const CALLS = CALLS_PER_SECOND * FOR_SECONDS;
/** The load itself, then up to 32 s until the last transactions are forgotten. */
const DEADLINE_MS = 180_000;

describe("sipp", () => {
  const program = peer("sipp");
  const server = withServer({ as: "demo", settings: { CORDBOARD_SIPS_PORT: "0" } });
  let folder: TestFolder;
  let idle: ServerHealth;
  const lines: Line[] = [];
  beforeAll(async () => {
    folder = await makeTestFolder();
    await server().backToZero({ alsoLate: true });
    idle = await server().health();
  });
  afterAll(async () => {
    for (const line of lines) line.close();
    await folder.remove();
  });

  /** How sipp reaches the server: itself, or over a connection that lasts as long as the test. */
  const reach = async (
    over: "udp" | "tcp" | "tls",
  ): Promise<Pick<SippOptions, "server" | "transport" | "over"> & { readonly line?: Line }> => {
    const { http, sipUdp, sipTcp, sipTls } = server().addresses;
    if (over === "udp") return { server: sipUdp, transport: "udp" };
    const line = await openLine(
      over === "tcp" ? { server: sipTcp } : { server: sipTls, authority: (await ask(`${http}/ca.pem`)).text },
    );
    lines.push(line);
    return { server: line.near, transport: "tcp", line, ...(over === "tls" && { over }) };
  };

  test.each([
    { over: "udp", from: "101", to: "102" },
    { over: "tcp", from: "103", to: "104" },
    { over: "tls", from: "105", to: "106" },
  ] as const)(
    "over $over, registered phones make 200 calls a second without a failure, each over its own connection",
    async ({ over, from, to }) => {
      const { registrations, connections } = await server().health();
      const phone = async (user: string) => {
        const { line, ...way } = await reach(over);
        const port = await freePorts(3);
        const contact = `127.0.0.1:${port}`;
        const shared = { program, folder: folder.path, ...way, port, keys: { domain: demo.domain, caller: from } };
        const words = ["-s", user, "-au", user, "-ap", demo.passwordOf(user), "-key", "contact", contact];
        await passed(startSipp({ ...shared, scenario: "register", calls: 1, words }), DEADLINE_MS);
        return { ...shared, line };
      };
      const [calling, answering] = [await phone(from), await phone(to)];
      const joined = await server().health();
      expect(joined.registrations).toBe(registrations + 2);
      expect(joined.connections).toBe(connections + (over === "udp" ? 0 : 2));

      const called = startSipp({ ...answering, scenario: "called", calls: CALLS });
      await until("sipp to listen", () => answering.line?.lead(answering.port) ?? true);
      const caller = startSipp({
        ...calling,
        scenario: "caller",
        calls: CALLS,
        words: [
          ...["-s", to, "-au", from, "-ap", demo.passwordOf(from)],
          ...["-r", String(CALLS_PER_SECOND), "-d", String(TALK_MS), "-l", "4000"],
        ],
      });
      try {
        await Promise.all([passed(caller, DEADLINE_MS), passed(called, DEADLINE_MS)]);
      } finally {
        // When one has failed, the other waits for calls that will never come.
        await Promise.all([caller, called].map(({ child }) => child.stop("SIGKILL")));
      }
      const figures = await caller.figures();
      const { eventLoopDelayMs, connections: still } = await server().health();
      tell(`sipp over ${over}`, { ...figures, eventLoopDelayMs });
      expect(figures).toMatchObject({ successful: CALLS, failed: 0, unexpected: 0 });
      expect(await called.figures()).toMatchObject({ successful: CALLS, failed: 0 });
      expect(still).toBe(joined.connections);
      await server().backToZero();
    },
    DEADLINE_MS,
  );

  test(
    "and when the last transactions are over, nothing is left: no port, no dialog, no timer of a call",
    async () => {
      for (const line of lines) line.close();
      await server().backToZero({ alsoLate: true });
      await until("connections to be gone", async () => (await server().health()).connections === idle.connections);
      // One for the end of each registration, and those that a server always has.
      expect((await server().health()).timers).toBeLessThanOrEqual(idle.timers + 6);
    },
    DEADLINE_MS,
  );
});

describe("sipp as a crowd", () => {
  const program = peer("sipp");
  const SIZE = 1_000;
  let folder: TestFolder;
  let crowd: Crowd;
  const server = withServer(async () => {
    folder = await makeTestFolder();
    const data = join(folder.path, "data");
    crowd = await makeCrowd(data, SIZE);
    const users = crowd.extensions.map(
      (user) => `${user};[authentication username=${user} password=${crowd.passwordOf(user)}]`,
    );
    await writeFile(join(folder.path, "users.csv"), ["SEQUENTIAL", ...users, ""].join("\n"));
    return { data };
  });
  afterAll(() => folder.remove());

  test("of a thousand users registers with digest, refreshes, and unregisters, and each is counted", async () => {
    const port = await freePorts(3);
    const register = async (expires: number) => {
      const all = startSipp({
        program,
        folder: folder.path,
        scenario: "register-crowd",
        server: server().addresses.sipUdp,
        transport: "udp",
        port,
        calls: SIZE,
        keys: { domain: crowd.domain, expires: String(expires) },
        words: ["-inf", join(folder.path, "users.csv"), "-r", "500", "-l", "100"],
      });
      await passed(all, DEADLINE_MS);
      return all.figures();
    };
    const everybody = { successful: SIZE, failed: 0, unexpected: 0 };
    const first = await register(3600);
    expect(first).toMatchObject(everybody);
    expect((await server().health()).registrations).toBe(SIZE);
    const second = await register(3600);
    expect(second).toMatchObject(everybody);
    expect((await server().health()).registrations).toBe(SIZE);
    expect(await register(0)).toMatchObject(everybody);
    expect((await server().health()).registrations).toBe(0);
    tell("sipp registers a thousand users", { answerMs: first.answerMs, retransmissions: first.retransmissions });
    await server().backToZero({ alsoLate: true });
  });
});
