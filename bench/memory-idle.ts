import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Figure } from "./figure.ts";
import { openOffice } from "./office.ts";
import { openPhones } from "./phones.ts";
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

/** A process with all that descend from it. */
function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = /\) \S (\d+) /.exec(read(`/proc/${name}/stat`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}

/** What the process keeps in memory, shared pages by share, in MB of a million bytes. */
const pssMb = (pid: number): number =>
  (Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024) / 1e6;

/** A file of a process; empty when the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
