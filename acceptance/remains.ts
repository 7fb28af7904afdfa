import { readdir, readFile } from "node:fs/promises";
import { isAlive } from "./child.ts";
import { isFree } from "./free-ports.ts";
import type { Server } from "./server.ts";

/** What a running server has of the machine, taken while it runs. */
export interface Possessions {
  /** Processes that it started, and those that they started. */
  readonly processes: readonly number[];
  readonly ports: readonly number[];
}

/** Everything that a server has: its processes by name, and its ports. */
export async function possessionsOf({ child, addresses }: Server): Promise<Possessions> {
  const ports = Object.values(addresses).map((address: string) => Number(address.slice(address.lastIndexOf(":") + 1)));
  return { processes: await descendants(child.pid), ports };
}

/** What of it is still there. */
export async function remainsOf({ processes, ports }: Possessions): Promise<Possessions> {
  const living = await Promise.all(processes.map(isAlive));
  const free = await Promise.all(ports.map(isFree));
  return { processes: processes.filter((_, at) => living[at]), ports: ports.filter((_, at) => free[at] !== true) };
}

/** Nothing at all. */
export const nothing: Possessions = { processes: [], ports: [] };

/** All processes below one, whatever their session or group. */
async function descendants(ancestor: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    // The name in brackets may hold anything; state and parent follow the last bracket.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (parents.get(pid) === ancestor || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}
