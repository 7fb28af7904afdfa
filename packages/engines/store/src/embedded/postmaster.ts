import { execFile } from "node:child_process";
import { readFile, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "@cordboard/kernel";
import { ms, PlatformError, seconds } from "@cordboard/kernel";
import { codeOf, incarnationOf } from "../processes.ts";
import { until } from "../waiting.ts";

const run = promisify(execFile);
const LOOK_EVERY = ms(20);
/** SIGINT disconnects everybody and writes a checkpoint; longer than this, and the next start recovers instead. */
const FAST_STOP = seconds(20);
const HARD_STOP = seconds(10);

/** Process id of the postmaster that lives on this cluster, or nothing. A stranger under a reused id does not count. */
async function livingPostmaster(cluster: string): Promise<number | undefined> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  if (!(pid > 1) || (await incarnationOf(pid)) === undefined) return undefined;
  return (await worksIn(pid, cluster)) ? pid : undefined;
}

/** Stops the postmaster that still lives on this cluster, such as one whose server was killed, and waits for its end. */
export async function stopPostmaster(cluster: string, clock: Clock): Promise<boolean> {
  const pid = await livingPostmaster(cluster);
  if (pid === undefined) return false;
  for (const [signal, deadline] of [
    ["SIGINT", FAST_STOP],
    ["SIGQUIT", HARD_STOP],
  ] as const) {
    send(pid, signal, cluster);
    if (await until(clock, { deadline, every: LOOK_EVERY }, async () => (await incarnationOf(pid)) === undefined))
      return true;
  }
  throw new PlatformError("database-unavailable", `the postmaster ${pid} still lives on ${cluster} and does not stop`);
}

function send(pid: number, signal: "SIGINT" | "SIGQUIT", cluster: string): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (codeOf(cause) === "ESRCH") return;
    throw new PlatformError("database-unavailable", `the postmaster ${pid} on ${cluster} is not ours to stop`, cause);
  }
}

/** PostgreSQL has its cluster as working folder, and names it on its command line. */
async function worksIn(pid: number, cluster: string): Promise<boolean> {
  const folder = await realpath(cluster).catch(() => cluster);
  if (process.platform === "linux") {
    const working = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    if (working !== undefined) return working === folder;
  }
  const command = await run("ps", ["-ww", "-o", "command=", "-p", String(pid)], { timeout: 10_000 }).catch(
    () => undefined,
  );
  return command !== undefined && [folder, cluster].some((name) => command.stdout.includes(name));
}
