import { readdir, readFile, realpath } from "node:fs/promises";

/** Ids of the postmasters that run on a PostgreSQL cluster, by their command lines. Linux only. */
export async function postmastersOf(cluster: string): Promise<readonly number[]> {
  const folder = await realpath(cluster).catch(() => cluster);
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const isOn = await Promise.all(processes.map((pid) => isPostgresOn(pid, [cluster, folder])));
  const found = processes.filter((_, index) => isOn[index] === true);
  // A child that was forked this moment still has its parent's command line.
  const parents = await Promise.all(found.map(parentOf));
  return found.filter((_, index) => !found.includes(parents[index] ?? 0));
}

async function isPostgresOn(pid: number, names: readonly string[]): Promise<boolean> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  return words[0]?.endsWith("/bin/postgres") === true && names.some((name) => words.includes(name));
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name in brackets may hold anything; state and parent follow the last bracket.
  return Number(/^ \S (\d+) /.exec(stat.slice(stat.lastIndexOf(")") + 1))?.[1] ?? 0);
}
