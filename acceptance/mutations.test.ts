import { existsSync, readFileSync } from "node:fs";
import { isSoak, tell, tellProgress } from "@cordboard/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptedPhone } from "./company.ts";
import type { MutantSender } from "./mutants.ts";
import { sendByTcp, sendByUdp } from "./mutants.ts";
import { fieldsOf } from "./server.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

const BY_UDP = isSoak ? 800_000 : 16_000;
const BY_TCP = isSoak ? 200_000 : 4_000;
const BLOCKS = isSoak ? 40 : 4;
const DEADLINE_MS = 600_000;
/** What the server may have grown by since the first block once it has been quiet, and has given memory back. */
const GROWTH_MB = 80;
const GIVEN_BACK_MS = 90_000;

describe("a running server that hears what was changed at random", () => {
  const server = withServer({ as: "demo" });
  let udp: MutantSender;
  let tcp: MutantSender;
  let firstMb = 0;
  let sent = 0;
  beforeAll(async () => {
    udp = await sendByUdp(server().addresses.sipUdp);
    tcp = sendByTcp(server().addresses.sipTcp);
  });
  afterAll(() => {
    udp.close();
    tcp.close();
  });

  const memoryMb = (): number => {
    const file = `/proc/${server().child.pid}/status`;
    return existsSync(file) ? Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(file, "utf8"))?.[1] ?? 0) / 1024 : 0;
  };

  /** What the server logged as a fault of its own. */
  const faults = (): readonly string[] =>
    server().child.said.filter((line) => ["error", "fatal"].includes(String(fieldsOf(line)?.["level"])));

  test.each(Array.from({ length: BLOCKS }, (_, block) => block))(
    "block %i: over UDP and TCP, it answers after each window and closes each connection",
    async (block) => {
      await udp.send(block * (BY_UDP / BLOCKS), BY_UDP / BLOCKS);
      await tcp.send(block * (BY_TCP / BLOCKS), BY_TCP / BLOCKS);
      expect(faults()).toEqual([]);
      sent += (BY_UDP + BY_TCP) / BLOCKS;
      if (block === 0) firstMb = memoryMb();
      tellProgress(`${sent} of ${BY_UDP + BY_TCP} inputs sent to the server`);
    },
    DEADLINE_MS,
  );

  test(
    "is then as before: a call works, everything is back at zero, nothing was logged as an error",
    async () => {
      const ann = await scriptedPhone(server(), "101");
      const bob = await scriptedPhone(server(), "102", { answer: "auto" });
      try {
        const call = ann.call("102");
        await call.answered();
        await call.hangUp();
      } finally {
        await Promise.all([ann.close(), bob.close()]);
      }
      await server().backToZero({ alsoLate: true });
      // Far more while it remembers the transactions of the last half minute, as it has to.
      let grownMb = Infinity;
      await until(
        () => `the server to give memory back: it has grown by ${grownMb} MB`,
        () => {
          grownMb = Math.round(memoryMb() - firstMb);
          return grownMb < GROWTH_MB;
        },
        { withinMs: GIVEN_BACK_MS },
      );
      const { connections } = await server().health();
      tell("mutations sent to the server", {
        sent,
        sentByUdp: BY_UDP,
        sentByTcp: BY_TCP,
        serverGrownMb: grownMb,
        connections,
      });
      expect(connections).toBeLessThanOrEqual(1);
      expect(faults()).toEqual([]);
    },
    DEADLINE_MS,
  );
});
