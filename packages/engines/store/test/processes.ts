import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { incarnationOf } from "../src/processes.ts";

/** A process that runs one of our scripts and speaks by lines. */
export interface Script {
  readonly pid: number;
  /** Its next line; rejects when it ends without one. */
  line(): Promise<string>;
  /** Signals the process, or with a minus its whole group, as a terminal does. */
  signal(signal: NodeJS.Signals, whom?: "process" | "group"): void;
  readonly ended: Promise<void>;
}

/** Runs `owner.ts` on a data folder, in a process group of its own. */
export function runOwner(dataFolder: string): Script {
  const script = fileURLToPath(new URL("./owner.ts", import.meta.url));
  const child = spawn(process.execPath, [script, dataFolder], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  return scriptOf(child);
}

function scriptOf(child: ChildProcess): Script {
  const { pid, stdout } = child;
  if (pid === undefined || stdout === null) throw new Error("the script did not start");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    pid,
    async line() {
      const next = await lines.next();
      if (next.done === true) throw new Error("the script ended and said nothing");
      return next.value;
    },
    signal: (signal, whom = "process") => process.kill(whom === "group" ? -pid : pid, signal),
    ended: new Promise((done) => {
      child.on("exit", () => done());
    }),
  };
}

/** Whether a process lives. */
export const lives = async (pid: number): Promise<boolean> => (await incarnationOf(pid)) !== undefined;
