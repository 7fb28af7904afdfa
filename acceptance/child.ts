import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { within } from "./until.ts";

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that a test started, with everything that it said. */
export interface Child {
  readonly pid: number;
  /** What it said so far, on both outputs, in lines. */
  readonly said: readonly string[];
  /** Settles when it has ended and all that it said has arrived. */
  readonly ended: Promise<Ended>;
  /** The first line, from the beginning, that fits; waits for it. Rejects when the process ends before. */
  line(fits: RegExp | ((line: string) => boolean), withinMs?: number): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Ctrl-C: SIGINT to its whole process group. */
  interrupt(): void;
  /** Asks it to end, and makes it end when it has not after `withinMs`. */
  stop(signal?: NodeJS.Signals, withinMs?: number): Promise<Ended>;
}

/** What a process is started with. */
export interface ChildOptions {
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Makes it the head of a process group, as a terminal does with what is typed there. */
  readonly isGroup?: boolean;
}

/** Beyond this many lines the oldest are forgotten. */
const LINES_KEPT = 20_000;

/** Starts a program; its standard input is empty. */
export function startChild(program: string, args: readonly string[], options: ChildOptions = {}): Child {
  const { folder, environment = process.env, isGroup: detached = false } = options;
  const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
  const child = spawn(program, args, { cwd: folder, env: { ...environment }, detached, stdio });
  const { stdout, stderr } = child;
  const said: string[] = [];
  const listeners = new Set<() => void>();
  const hear = (line: string): void => {
    said.push(line);
    if (said.length > LINES_KEPT) said.splice(0, LINES_KEPT / 2);
    for (const listener of [...listeners]) listener();
  };
  for (const stream of [stdout, stderr]) if (stream !== null) readLines(stream, hear);
  let end: Ended | undefined;
  const ended = new Promise<Ended>((resolve) => {
    child.once("error", (fault) => hear(`${program} does not start: ${fault.message}`));
    child.once("close", (code, signal) => {
      end = { code, signal };
      resolve(end);
      for (const listener of [...listeners]) listener();
    });
  });
  return {
    pid: child.pid ?? -1,
    said,
    ended,
    line: (fits, withinMs = 30_000) => lineOf({ said, listeners, hasEnded: () => end !== undefined }, fits, withinMs),
    signal: (signal) => void child.kill(signal),
    interrupt: () => void process.kill(detached ? -(child.pid ?? 0) : (child.pid ?? 0), "SIGINT"),
    stop: (signal = "SIGTERM", withinMs = 40_000) => stop(child, ended, { signal, withinMs }),
  };
}

/** Runs a program to its end. What it says on either output is one text. */
export async function run(
  program: string,
  args: readonly string[],
  { withinMs = 30_000, ...options }: ChildOptions & { readonly withinMs?: number } = {},
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = startChild(program, args, options);
  try {
    const { code } = await within(`the end of ${program} ${args.join(" ")}`, withinMs, child.ended);
    return { code, text: child.said.join("\n") };
  } catch (fault) {
    await child.stop("SIGKILL");
    throw fault;
  }
}

/** Whether a process lives; one that has ended and was not yet collected does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !/\) [ZX] /.test(stat);
}

interface Hearing {
  readonly said: readonly string[];
  readonly listeners: Set<() => void>;
  readonly hasEnded: () => boolean;
}

function lineOf(hearing: Hearing, fits: RegExp | ((line: string) => boolean), withinMs: number): Promise<string> {
  const { said, listeners, hasEnded } = hearing;
  const isWanted = typeof fits === "function" ? fits : (line: string): boolean => fits.test(line);
  const found = Promise.withResolvers<string>();
  const look = (): void => {
    const line = said.find(isWanted);
    if (line !== undefined) found.resolve(line);
    else if (hasEnded()) found.reject(new Error(`the process ended and did not say ${String(fits)}`));
  };
  listeners.add(look);
  look();
  return within(`a line ${String(fits)}`, withinMs, found.promise).finally(() => listeners.delete(look));
}

async function stop(
  child: ChildProcess,
  ended: Promise<Ended>,
  { signal, withinMs }: { readonly signal: NodeJS.Signals; readonly withinMs: number },
): Promise<Ended> {
  child.kill(signal);
  try {
    return await within(`the end of process ${child.pid}`, withinMs, ended);
  } catch (fault) {
    child.kill("SIGKILL");
    await ended;
    throw fault;
  }
}

function readLines(stream: NodeJS.ReadableStream, hear: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(line);
  });
  stream.on("end", () => {
    if (rest !== "") hear(rest);
  });
}
