import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Stands for the incarnation of a process that lives but will not say since when. */
export const UNTOLD = "untold";

/**
 * What tells a process from a later one under the same id: machine start and process start. Nothing when no such
 * process lives; one that has ended but is still in its parent's books does not count as living.
 */
export async function incarnationOf(pid: number): Promise<string | undefined> {
  if (!(Number.isSafeInteger(pid) && pid > 0) || !exists(pid)) return undefined;
  return process.platform === "linux" ? ofProc(pid) : ofPs(pid);
}

async function ofProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return exists(pid) ? UNTOLD : undefined;
  // The second field is the name in brackets and may hold anything: count from the last bracket (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (hasEnded(fields[0])) return undefined;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  return `${boot.trim()}:${fields[19] ?? ""}`;
}

async function ofPs(pid: number): Promise<string | undefined> {
  const line = await run("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
  if (line === "") return exists(pid) ? UNTOLD : undefined;
  const [state = "", ...start] = line.split(/\s+/);
  return hasEnded(state[0]) ? undefined : start.join(" ");
}

const hasEnded = (state: string | undefined): boolean => state === "Z" || state === "X";

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** The system's name of an error, such as `ENOENT`. */
export const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
