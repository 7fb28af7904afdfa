import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../acceptance/free-ports.ts";
import { peer } from "../acceptance/peers.ts";
import type { Sipp, SippOptions } from "../acceptance/sipp.ts";
import { startSipp } from "../acceptance/sipp.ts";
import { within } from "../acceptance/until.ts";
import type { Office } from "./office.ts";
import { quantile } from "./spread.ts";

/** What became of calls that began at a steady rate, whether or not earlier ones had been answered. */
export interface CallRun {
  readonly rate: number;
  readonly calls: number;
  readonly failed: number;
  /** From the INVITE with credentials to its 200, of each call that was answered. */
  readonly answeredAfterMs: readonly number[];
}

/** Two of sipp, registered, of which one calls the other. */
export interface CallLoad {
  /** Begins `rate` calls a second for some seconds; settles when the last of them has ended. */
  call(rate: number, seconds: number): Promise<CallRun>;
}

/** How long callers talk: long enough that both legs have their ports and their sound is joined. */
const TALK_MS = 500;
/** Beyond what it is to take, until calls that hang are given up. */
const PATIENCE_MS = 10_000;
/** An answer that takes longer was one of a queue that grows: sipp sends its INVITE again then. */
const LATE_MS = 500;

/** Whether every call succeeded and none had to be asked for twice. */
export const isCarried = ({ calls, failed, answeredAfterMs }: CallRun): boolean =>
  failed === 0 && answeredAfterMs.length === calls && quantile(answeredAfterMs, 1) < LATE_MS;

/** Lets two users of the office be sipp: a caller, and a callee that rings and answers at once. */
export async function openCallLoad(office: Office, folder: string): Promise<CallLoad> {
  const [callerUser = "", calledUser = ""] = office.extensions;
  const [callerPort, calledPort] = [await freePorts(3), await freePorts(3)];
  const base = { program: peer("sipp"), folder, server: office.server.addresses.sipUdp, transport: "udp" } as const;
  const keys = { domain: office.domain, caller: callerUser };
  const run = (told: Pick<SippOptions, "scenario" | "port" | "calls" | "words">): Sipp =>
    startSipp({ ...base, ...told, keys });
  const as = (user: string): readonly string[] => ["-au", user, "-ap", office.passwordOf(user)];
  for (const [user, port] of [
    [callerUser, callerPort],
    [calledUser, calledPort],
  ] as const) {
    const words = ["-s", user, ...as(user), "-key", "contact", `127.0.0.1:${port}`];
    const { child } = run({ scenario: "register", port, calls: 1, words });
    if ((await child.ended).code !== 0) throw new Error(`${user} could not register`);
  }
  return {
    async call(rate, seconds) {
      const calls = rate * seconds;
      const called = run({ scenario: "called", port: calledPort, calls });
      const pace = ["-r", String(rate), "-l", String(calls), "-d", String(TALK_MS)];
      const words = ["-s", calledUser, ...as(callerUser), ...pace, "-trace_rtt", "-rtt_freq", "1"];
      const caller = run({ scenario: "caller", port: callerPort, calls, words });
      const patience = seconds * 1000 + TALK_MS + PATIENCE_MS;
      const ended = Promise.all([caller.child.ended, called.child.ended]);
      await within("the end of all calls", patience, ended).catch(() => {});
      await Promise.all([caller, called].map(({ child }) => child.stop("SIGKILL")));
      const { failed } = await caller.figures();
      const answeredAfterMs = await takeAnswerTimes(folder);
      return { rate, calls, failed, answeredAfterMs };
    },
  };
}

/** Reads and removes sipp's list of the time to each answer. */
async function takeAnswerTimes(folder: string): Promise<readonly number[]> {
  const name = (await readdir(folder)).find((each) => each.endsWith("_rtt.csv"));
  if (name === undefined) return [];
  const [, ...lines] = (await readFile(join(folder, name), "utf8")).trimEnd().split("\n");
  await rm(join(folder, name));
  return lines.map((line) => Number(line.split(";")[1]));
}
