import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, constants, cpus, release, setPriority, totalmem } from "node:os";
import type { Bench } from "./figure.ts";

/** What figures depend on besides the code. */
export interface Circumstances {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly kernel: string;
  };
  readonly versions: { readonly node: string; readonly cordboard: string; readonly commit: string };
  /** Where server and load ran. */
  readonly cores: string;
  /** Work that others gave the machine at the start: runnable processes, mean of the last minute. */
  readonly loadBefore: number;
}

const SERVER_CORE = "0";
const LOAD_CORE = "1";

/**
 * Keeps this process, which makes the load, off the server's core; says how servers are to be started. Where it is allowed, both
 * go before other work of the machine.
 */
export function chooseCores(): Pick<Bench, "serverInside"> & { readonly cores: string } {
  const priority = hasPriority() ? ", before other work of the machine" : "";
  const isPossible = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0;
  if (!isPossible) return { serverInside: [], cores: `server and load share all cores${priority}` };
  execFileSync("taskset", ["-a", "-p", "-c", LOAD_CORE, String(process.pid)], { stdio: "ignore" });
  return {
    serverInside: ["taskset", "-c", SERVER_CORE],
    cores: `server with its database on one core, load on another${priority}`,
  };
}

/** Raises the priority of this process, and so of those that it starts; false for accounts that may not. */
function hasPriority(): boolean {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
    return true;
  } catch {
    return false;
  }
}

/** Reads what is to be told with every figure. */
export function circumstances(cores: string): Circumstances {
  const { version } = JSON.parse(readFileSync(new URL("../apps/server/package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return {
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    versions: { node: process.version, cordboard: version, commit: commit() },
    cores,
    loadBefore: Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]),
  };
}

function commit(): string {
  const git = (...words: readonly string[]): string => execFileSync("git", words, { encoding: "utf8" }).trim();
  const isChanged = git("status", "--porcelain", "--untracked-files=no", "packages", "apps") !== "";
  return `${git("rev-parse", "--short", "HEAD")}${isChanged ? " with changes" : ""}`;
}
