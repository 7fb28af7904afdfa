import { readdir, readFile, realpath } from "node:fs/promises";

/** Ids of the postmasters that run on the database of a data folder, by their command lines. */
export async function postmastersOf(data: string): Promise<readonly number[]> {
  const cluster = await realpath(`${data}/postgres`);
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const isOn = await Promise.all(processes.map((pid) => isPostgresOn(pid, cluster)));
  const found = processes.filter((_, index) => isOn[index] === true);
  // A child that was forked this moment still has its parent's command line.
  const parents = await Promise.all(found.map(parentOf));
  return found.filter((_, index) => !found.includes(parents[index] ?? 0));
}

async function isPostgresOn(pid: number, cluster: string): Promise<boolean> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  return words[0]?.endsWith("/bin/postgres") === true && words.includes(cluster);
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return Number(/\) \S (\d+) /.exec(stat)?.[1] ?? 0);
}
