import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { freePortRange } from "./port-range.ts";

/** Where Debian puts it. */
const PROGRAM = "/usr/bin/rtpengine";
/** Tries to find a port that is free for UDP and TCP alike, and stays so until the program has it. */
const MAX_TRIES = 5;

/** How long it may take to answer. */
const ANSWER_MS = 2000;

/** How an rtpengine of a test is started. */
export interface RtpengineSetup {
  /** Where it listens for requests, so that one may take another's place; default any free port. */
  readonly port?: number;
  /** Ports for sound; default 400. */
  readonly soundPorts?: number;
  /** It tells digits to whoever is connected over TCP; default true. */
  readonly tellsDigits?: boolean;
  readonly address?: string;
  /** A command that runs it, such as `["taskset", "-c", "0"]`. */
  readonly inside?: readonly string[];
}

/** A real rtpengine of a test, in user space and on loopback alone. */
export interface RtpengineProcess {
  readonly host: string;
  /** Of the ng protocol, over UDP and TCP. */
  readonly port: number;
  readonly pid: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Stops its time, as a machine that hangs would. */
  freeze(): void;
  thaw(): void;
  /** How many calls it holds, whoever made them. */
  calls(): Promise<number>;
  /** How many phones have reported through it what they hear, and when, so that the way there and back is known. */
  reporting(): Promise<number>;
}

/** What is missing on this machine for {@link startRtpengine}; undefined when nothing is. */
export function rtpengineMissing(): string | undefined {
  try {
    accessSync(PROGRAM, constants.X_OK);
    return undefined;
  } catch {
    return "rtpengine is not installed; on Debian: apt-get install rtpengine-daemon";
  }
}

/** Starts an rtpengine; settles when it listens. */
export async function startRtpengine(setup: RtpengineSetup = {}): Promise<RtpengineProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(setup);
    } catch (fault) {
      if (tries === MAX_TRIES || setup.port !== undefined) throw fault;
    }
  }
}

async function start(setup: RtpengineSetup): Promise<RtpengineProcess> {
  const host = setup.address ?? "127.0.0.1";
  const port = setup.port ?? (await freePort(host));
  const sound = await freePortRange(setup.soundPorts ?? 400);
  const options = [
    // Neither the settings of this machine nor its kernel.
    "--config-file=none",
    "--table=-1",
    `--interface=${host}`,
    `--listen-ng=${host}:${port}`,
    `--listen-tcp-ng=${host}:${port}`,
    ...(setup.tellsDigits === false ? [] : ["--dtmf-log-ng-tcp"]),
    `--port-min=${sound.first}`,
    `--port-max=${sound.last}`,
    "--num-threads=1",
    "--media-num-threads=1",
    "--foreground",
    "--log-stderr",
    "--log-level=6",
  ];
  const [program = PROGRAM, ...words] = [...(setup.inside ?? []), PROGRAM];
  const child = spawn(program, [...words, ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const { pid } = child;
  await listening(child);
  if (pid === undefined) throw new Error("rtpengine has no process id");
  return {
    host,
    port,
    pid,
    kill: () => ended(child),
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    calls: () => callsIn(host, port),
    reporting: () => reportingIn(host, port),
  };
}

/** Asks for the statistics, and picks the number of calls out of the answer. */
async function callsIn(host: string, port: number): Promise<number> {
  const [, calls] = /11:sessionsowni(\d+)e/.exec(await ask(host, port, "d7:command10:statisticse")) ?? [];
  if (calls === undefined) throw new Error("rtpengine does not say how many calls it holds");
  return Number(calls);
}

/** What rtpengine has made of the reports on one source, up to the way there and back, which comes last. */
const REPORTED = /11:average MOSd(?:\d+:[\w -]+?i\d+e)*?19:round-trip time legi[1-9]/g;

/** Asks for each call, and counts the sources of sound of whose reports the way there and back is known. */
async function reportingIn(host: string, port: number): Promise<number> {
  let count = 0;
  for (const id of textsIn(await ask(host, port, "d7:command4:liste"), "5:callsl")) {
    const answer = await ask(host, port, `d7:call-id${id.length}:${id}7:command5:querye`);
    count += [...answer.matchAll(REPORTED)].length;
  }
  return count;
}

/** The texts of a list in what rtpengine answers, each behind its length. */
function* textsIn(answer: string, before: string): Generator<string> {
  let rest = answer.slice(answer.indexOf(before) + before.length);
  for (let found = /^(\d+):/.exec(rest); found !== null; found = /^(\d+):/.exec(rest)) {
    const [{ length: from }, to] = [found[0], found[0].length + Number(found[1])];
    yield rest.slice(from, to);
    rest = rest.slice(to);
  }
}

/** Asks as anybody may. */
async function ask(host: string, port: number, request: string): Promise<string> {
  const socket = createSocket("udp4");
  try {
    const answered = once(socket, "message", { signal: AbortSignal.timeout(ANSWER_MS) });
    // Who asks under the same cookie again gets the same answer.
    socket.send(`${randomUUID()} ${request}`, port, host);
    const [bytes] = (await answered) as [Buffer];
    return bytes.toString("latin1");
  } finally {
    socket.close();
  }
}

/** Settles when the program says that it is up. */
function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (bytes: Buffer) => {
      if (said === "up") return;
      said += bytes.toString("latin1");
      if (!said.includes("Startup complete")) return;
      said = "up";
      resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`rtpengine ended with ${code}: ${said}`)));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** A port that is free for UDP and TCP. */
async function freePort(host: string): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  const place = server.address();
  const port = typeof place === "object" && place !== null ? place.port : 0;
  const socket = createSocket("udp4");
  socket.bind(port, host);
  try {
    await once(socket, "listening");
  } finally {
    socket.close();
    server.close();
    await once(server, "close");
  }
  return port;
}
