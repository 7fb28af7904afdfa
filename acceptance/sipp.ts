import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Child } from "./child.ts";
import { startChild } from "./child.ts";
import type { SippScenario } from "./sipp-scenario.ts";
import { printScenario } from "./sipp-scenario.ts";
import { within } from "./until.ts";

/** What sipp is told, whatever its scenario. */
export interface SippOptions {
  /** Where the program lies. */
  readonly program: string;
  /** A folder for its statistics and errors. */
  readonly folder: string;
  /** The scenario in `sipp/`, without `.xml`; or one that is made here. */
  readonly scenario:
    | ("register" | "register-crowd" | "caller" | "refusable" | "called" | "options" | "stranger")
    | SippScenario;
  /** The server, as in `127.0.0.1:5060`. */
  readonly server: string;
  readonly transport: "udp" | "tcp";
  /** How its messages travel in the end, when somebody between carries what it sends over TCP; else the same. */
  readonly over?: "tls";
  /** Port for SIP, which its file names share; the next but one is free for its sound. */
  readonly port: number;
  /** Calls after which it ends; unless they are given, it goes on until it is told to {@link Sipp.finish}. */
  readonly calls?: number;
  /** Values of `[name]` in the scenario. */
  readonly keys: Readonly<Record<string, string>>;
  /** Further words for its command line. */
  readonly words?: readonly string[];
}

/** What sipp counted. */
export interface SippFigures {
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly unexpected: number;
  /** From the request with credentials to the answer, on average, in milliseconds. */
  readonly answerMs: number;
  /** Calls that got 503 at their first INVITE, and how long that took on average, in milliseconds. */
  readonly refused: number;
  readonly refusedMs: number;
  /** Since its start, in milliseconds. */
  readonly elapsedMs: number;
}

/** A running sipp. */
export interface Sipp {
  readonly child: Child;
  /** Its counts, when it has ended. */
  figures(): Promise<SippFigures>;
  /** Asks it to begin no more calls and to end with the last one. */
  finish(): void;
  /** The first lines of what went wrong, or nothing. */
  errors(): Promise<string>;
}

/** Settles when all its calls have succeeded; throws with what it said when one has not. */
export async function passed({ child, errors }: Sipp, withinMs: number): Promise<void> {
  const { code } = await within("the end of sipp", withinMs, child.ended);
  if (code !== 0) throw new Error(`sipp ended with ${code}\n${await errors()}\n${child.said.slice(-40).join("\n")}`);
}

const SCENARIOS = fileURLToPath(new URL("sipp/", import.meta.url));
/** Room for what comes while it waits for its turn on a busy machine. */
const BUFFER_BYTES = 4 * 1024 * 1024;
const GIVES_UP_AFTER = "100s";

/** Starts sipp; it ends by itself when its calls are done, and with another code than 0 when one of them failed. */
export function startSipp(options: SippOptions): Sipp {
  const { program, folder, scenario, server, transport, over = transport, port, calls, keys, words = [] } = options;
  const name = typeof scenario === "string" ? scenario : scenario.name;
  const statistics = join(folder, `${name}-${port}.csv`);
  const errors = join(folder, `${name}-${port}.errors`);
  const child = startChild(
    program,
    [
      ...["-sf", scenarioFile(scenario, folder), "-nostdin"],
      ...(calls === undefined ? [] : ["-m", String(calls)]),
      ...["-t", transport === "udp" ? "u1" : "t1", "-i", "127.0.0.1", "-p", String(port)],
      ...["-mi", "127.0.0.1", "-mp", String(port + 2), "-buff_size", String(BUFFER_BYTES)],
      ...["-trace_stat", "-stf", statistics, "-fd", "1", "-trace_err", "-error_file", errors],
      ...["-timeout", GIVES_UP_AFTER, "-timeout_error"],
      ...Object.entries({ over: over.toUpperCase(), ...keys }).flatMap(([name, value]) => ["-key", name, value]),
      ...words,
      server,
    ],
    // Its screen wants a terminal's name.
    { folder, environment: { ...process.env, TERM: "dumb" } },
  );
  return {
    child,
    finish: () => child.signal("SIGUSR1"),
    figures: async () => figuresIn(await readFile(statistics, "utf8")),
    errors: async () => (await readFile(errors, "utf8").catch(() => "")).split("\n").slice(0, 40).join("\n"),
  };
}

function scenarioFile(scenario: SippOptions["scenario"], folder: string): string {
  if (typeof scenario === "string") return join(SCENARIOS, `${scenario}.xml`);
  const file = join(folder, `${scenario.name}.xml`);
  writeFileSync(file, printScenario(scenario));
  return file;
}

/** The last line of sipp's statistics, with totals (`(C)`). */
function figuresIn(text: string): SippFigures {
  const [names = "", ...lines] = text.trimEnd().split("\n");
  const values = (lines.at(-1) ?? "").split(";");
  const at = new Map(names.split(";").map((name, index) => [name, values[index] ?? ""]));
  const count = (name: string): number => Number(at.get(`${name}(C)`));
  return {
    successful: count("SuccessfulCall"),
    failed: count("FailedCall"),
    retransmissions: count("Retransmissions"),
    unexpected: count("FailedUnexpectedMessage"),
    answerMs: milliseconds(at.get("ResponseTime1(C)") ?? ""),
    refused: count("GenericCounter1") || 0,
    refusedMs: milliseconds(at.get("ResponseTime2(C)") ?? ""),
    elapsedMs: milliseconds(at.get("ElapsedTime(C)") ?? ""),
  };
}

/** `00:00:00:012345`, with microseconds. */
function milliseconds(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0, micros = 0] = text.split(":").map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000 + micros / 1_000;
}
