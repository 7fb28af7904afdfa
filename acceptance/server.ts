import { fileURLToPath } from "node:url";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import { nodeBinary } from "../scripts/node-binary.mjs";
import type { Child, Ended } from "./child.ts";
import { startChild } from "./child.ts";
import type { Patience } from "./until.ts";
import { until } from "./until.ts";

/** How a server is started. */
export interface ServerOptions {
  /** `start` unless said otherwise. */
  readonly as?: "start" | "demo";
  /** The data folder: one that an earlier run left, or an empty one. A fresh one that goes with the server, unless said. */
  readonly data?: string;
  /** Settings by name, `CORDBOARD_…`; without them: loopback, any free ports, JSON log. `undefined` takes one away. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** More words for the command line, such as `--exit`. */
  readonly words?: readonly string[];
  /** A command that runs it, such as `["ip", "netns", "exec", "name"]`. */
  readonly inside?: readonly string[];
  /** Environment beside the settings. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes it the head of a process group, so that Ctrl-C can be typed. */
  readonly isGroup?: boolean;
  /** The Node that is called; the one that it is made for unless said otherwise. */
  readonly node?: string;
  /** Words for Node itself beside those of `npm start`, such as `--cpu-prof`. */
  readonly nodeWords?: readonly string[];
}

/** Where a server can be reached, all ports real. */
export interface ServerAddresses {
  readonly http: string;
  readonly https: string;
  readonly dialer: string;
  /** `127.0.0.1:5060` and the like. */
  readonly sipUdp: string;
  readonly sipTcp: string;
  readonly sipTls: string;
}

/** What `/health` says to this machine. */
export interface ServerHealth {
  readonly status: string;
  readonly selfCheck?: string;
  readonly calls: number;
  readonly legs: number;
  readonly dialogs: number;
  readonly transactions: number;
  readonly registrations: number;
  readonly connections: number;
  readonly timers: number;
  readonly soundLegs: number;
  readonly portsInUse: number;
  readonly portsDraining: number;
  readonly eventLoopDelayMs: number;
}

/** The real server as a process of its own. */
export interface Server {
  readonly child: Child;
  readonly data: string;
  readonly addresses: ServerAddresses;
  /** What the log line `ready` says. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** From the start of the process to `ready`, in milliseconds. */
  readonly readyAfterMs: number;
  health(): Promise<ServerHealth>;
  /**
   * Waits until no call, leg, dialog and port in use is left; with `alsoLate`, also until no port drains and no transaction is left,
   * which takes up to 32 s (64 × T1).
   */
  backToZero(options?: { readonly alsoLate?: boolean }): Promise<void>;
  /** Asks it to end (SIGTERM unless said otherwise), and removes a data folder that was made for it. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  /** Ends it as a power cut would; its data folder stays. */
  kill(): Promise<void>;
}

/** The program that starts everything. */
export const startProgram: string = fileURLToPath(new URL("../apps/server/start.mjs", import.meta.url));

/** What `npm start` says to Node. */
const NODE_WORDS = ["--max-semi-space-size=8"];

/** Settings of every server of a test: this machine only, any free ports, a log for programs. */
const SETTINGS = {
  CORDBOARD_BIND: "127.0.0.1",
  CORDBOARD_HTTP_PORT: "0",
  CORDBOARD_HTTPS_PORT: "0",
  CORDBOARD_DIALER_PORT: "0",
  CORDBOARD_SIP_PORT: "0",
  CORDBOARD_SIPS_PORT: "0",
  CORDBOARD_LOG_FORMAT: "json",
} as const;

/** The environment of this process without settings of whoever runs the tests, and with those of a test. */
export function environmentWith(
  settings: Readonly<Record<string, string | undefined>>,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:CORDBOARD_|NODE_OPTIONS$|VITEST)/.test(name));
  return { ...Object.fromEntries(own), ...SETTINGS, ...settings, ...more };
}

/** Starts the process only: what it says and how it ends is up to the test. */
export function launchServer(data: string, options: ServerOptions = {}): Child {
  const {
    as = "start",
    settings = {},
    words = [],
    inside = [],
    environment = {},
    node = nodeBinary(),
    nodeWords = [],
    isGroup = false,
  } = options;
  const [program = "", ...args] = [...inside, node, ...NODE_WORDS, ...nodeWords, startProgram, as, ...words];
  const all = environmentWith({ CORDBOARD_DATA: data, ...settings }, environment);
  return startChild(program, args, { environment: all, isGroup });
}

/** Starts a server and waits for `ready`; in the demo also for the end of its first call. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const folder = options.data === undefined ? await makeTestFolder() : undefined;
  const data = options.data ?? `${folder?.path}/data`;
  const startedAt = machine.clock.monotonic();
  const child = launchServer(data, options);
  try {
    const ready = fieldsOf(await child.line((line) => fieldsOf(line)?.["msg"] === "ready", 60_000)) ?? {};
    const readyAfterMs = machine.clock.monotonic() - startedAt;
    if (options.as === "demo") await child.line(/"self-check /, 60_000);
    return serverOf({ child, data, ready, readyAfterMs, folder });
  } catch (fault) {
    await child.stop("SIGKILL");
    await folder?.remove();
    throw new Error(`the server did not start:\n${child.said.join("\n")}`, { cause: fault });
  }
}

function serverOf(started: {
  readonly child: Child;
  readonly data: string;
  readonly ready: Readonly<Record<string, unknown>>;
  readonly readyAfterMs: number;
  readonly folder: TestFolder | undefined;
}): Server {
  const { child, data, ready, readyAfterMs, folder } = started;
  const addresses = addressesIn(ready);
  const health = (): Promise<ServerHealth> => readHealth(addresses.http);
  return {
    child,
    data,
    addresses,
    ready,
    readyAfterMs,
    health,
    backToZero: (options) => backToZero(health, options?.alsoLate ?? false),
    stop: async (signal) => {
      try {
        return await child.stop(signal);
      } finally {
        await folder?.remove();
      }
    },
    kill: async () => {
      await child.stop("SIGKILL");
    },
  };
}

/** A log line's fields; `undefined` for a line that is no log line. */
export function fieldsOf(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function addressesIn(ready: Readonly<Record<string, unknown>>): ServerAddresses {
  // A server that listens on all addresses is reached at the loopback.
  const of = (name: string): string =>
    ((ready[name] as readonly string[] | undefined)?.[0] ?? "").replace("0.0.0.0:", "127.0.0.1:");
  return {
    http: `http://${of("http")}`,
    https: `https://${of("https")}`,
    dialer: `https://${of("dialer")}`,
    sipUdp: of("sipUdp"),
    sipTcp: of("sipTcp"),
    sipTls: of("sipTls"),
  };
}

interface HealthBody {
  readonly status: string;
  readonly selfCheck?: string;
  readonly parts: {
    readonly calls: number;
    readonly eventLoopDelayMs: number;
    readonly sound: { readonly legs: number; readonly portsInUse: number; readonly portsDraining: number };
    readonly sip: {
      readonly legs: number;
      readonly dialogs: number;
      readonly transactions: number;
      readonly registrations: number;
      readonly connections: number;
      readonly timers: number;
    };
  };
}

async function readHealth(origin: string): Promise<ServerHealth> {
  const answer = await fetch(`${origin}/health`);
  const { status, selfCheck, parts } = (await answer.json()) as HealthBody;
  const { legs: soundLegs, portsInUse, portsDraining } = parts.sound;
  const { calls, eventLoopDelayMs, sip } = parts;
  const said = selfCheck === undefined ? {} : { selfCheck };
  return { status, ...said, calls, ...sip, soundLegs, portsInUse, portsDraining, eventLoopDelayMs };
}

/** 64 × T1, the time a transaction may take, and some more. */
const LATE: Patience = { withinMs: 45_000, everyMs: 250 };

async function backToZero(health: () => Promise<ServerHealth>, alsoLate: boolean): Promise<void> {
  let left = "";
  const isZero = async (): Promise<boolean> => {
    const { calls, legs, dialogs, soundLegs, portsInUse, portsDraining, transactions } = await health();
    const wanted = {
      calls,
      legs,
      dialogs,
      soundLegs,
      portsInUse,
      ...(alsoLate ? { portsDraining, transactions } : {}),
    };
    left = JSON.stringify(wanted);
    return Object.values(wanted).every((count) => count === 0);
  };
  await until(() => `everything to be back at zero; left: ${left}`, isZero, alsoLate ? LATE : {});
}
