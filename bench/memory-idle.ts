import { setTimeout as pause } from "node:timers/promises";
import type { Figure } from "./figure.ts";
import { openOffice } from "./office.ts";
import { openPhones } from "./phones.ts";
import { processTree, pssMb } from "./processes.ts";
import { rounded } from "./spread.ts";

const USERS = 100;
const SETTLE_MS = 20_000;

/** Memory of a server that has nothing to do. */
export const memoryIdle: Figure = {
  name: "memory-idle",
  about: `memory of all processes of a server with ${USERS} registered phones and no call, database included (PSS, ${SETTLE_MS / 1000} s after the last registration)`,
  async measure(bench) {
    const office = await openOffice(bench, { users: USERS });
    const phones = await openPhones(office, "auto");
    try {
      await pause(SETTLE_MS);
      const tree = processTree(office.server.child.pid);
      const own = pssMb(office.server.child.pid);
      return {
        value: rounded(tree.reduce((sum, pid) => sum + pssMb(pid), 0)),
        unit: "MB",
        aim: { atMost: 200 },
        details: { nodeMb: rounded(own), processes: tree.length },
      };
    } finally {
      await phones.bank.close();
      await office.close();
    }
  },
};
