import { readdirSync, readFileSync } from "node:fs";

/** Of Linux, whatever the kernel's own timer. */
const TICKS_A_SECOND = 100;

/** A process with all that descend from it. */
export function processTree(root: number): readonly number[] {
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

/** What a process keeps in memory, shared pages by share, in MB of a million bytes. */
export const pssMb = (pid: number): number =>
  (Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024) / 1e6;

/** Processor time that a process with all its threads has used, in seconds. */
export const processSeconds = (pid: number): number => secondsIn(read(`/proc/${pid}/stat`));

/** Processor time that the threads of this name have used in a process, in seconds. */
export function threadSeconds(pid: number, name: string): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => read(`/proc/${pid}/task/${thread}/stat`));
  return threads.filter((stat) => stat.includes(`(${name})`)).reduce((sum, stat) => sum + secondsIn(stat), 0);
}

/** User and system time from a line of the kernel's. */
function secondsIn(stat: string): number {
  const fields = stat.split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
}

/** A file of a process; empty when the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
