import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterAll, beforeAll } from "vitest";
import { administer } from "./admin-socket.ts";
import { freePorts } from "./free-ports.ts";
import { peer } from "./peers.ts";
import type { Server } from "./server.ts";
import type { Sipp, SippOptions } from "./sipp.ts";
import { passed, startSipp } from "./sipp.ts";
import type { SippStep } from "./sipp-scenario.ts";
import { until } from "./until.ts";
import { withServer } from "./with-server.ts";

/** Who takes part in a play, by extension, with what they say and hear. The first one begins. */
export type SippCast = Readonly<Record<string, readonly SippStep[]>>;

/** How often a play is given. */
export interface SippPlay {
  /** Once unless said otherwise. */
  readonly calls?: number;
  /** Calls at the same time; all of them in turn unless said otherwise. */
  readonly atOnce?: number;
  /**
   * Messages may cross: what comes while a party is about to say something is lost on it, as sipp takes no two messages at once, and has to
   * be sent again. Without it whatever a scenario does not wait for is a failure.
   */
  readonly isCrossed?: boolean;
  /** The others may not hear of every call: they end when the first has, and the server has nothing left for them. */
  readonly maybeMissed?: boolean;
}

/** Users who are reached by nothing but a sipp each. */
export interface SippOffice {
  readonly server: () => Server;
  /** Gives a play to its end: every call of every party has gone as its scenario says, and nothing is left of them in the server. */
  play(cast: SippCast, how?: SippPlay): Promise<void>;
  /** Starts a play, beside which other things can be done. */
  begin(cast: SippCast, how?: SippPlay): RunningPlay;
  /** Hangs up the call of an extension by command. */
  hangUp(extension: string): Promise<void>;
}

/** A play that goes on. */
export interface RunningPlay {
  /** The first line that a party leaves by a `note`. */
  noted(extension: string): Promise<string>;
  /** Settles when everybody has come to the end; throws with what was amiss. */
  ended(): Promise<void>;
}

const DOMAIN = "localhost";
/** A party that waits longer than this waits in vain. */
const LONGEST_PLAY_SECONDS = 30;
const DEADLINE_MS = (LONGEST_PLAY_SECONDS + 10) * 1000;
/** Messages of each party that are shown when one has failed. */
const MESSAGES_SHOWN = 40;
/** Calls begun in a second, at most. */
const RATE = 100;

const passwordOf = (extension: string): string => `secret-${extension}`;

interface ListedLeg {
  readonly id: string;
  readonly extension: string;
}

/** One of those who play. */
interface Party {
  readonly user: string;
  /** Where its messages and its notes are written to. */
  readonly messages: string;
  readonly notes: string;
  readonly sipp: Sipp;
}

/** What a party said and heard, a line a message: time, direction, first line and CSeq. */
async function ladder({ user, messages }: Party): Promise<string> {
  const text = await readFile(messages, "utf8").catch(() => "");
  const lines = text.split(/^-{20,} /m).map((entry) => {
    const [, time = "", way = ""] = /^\S+ (\S+)\n\w+ message (sent|received)/.exec(entry) ?? [];
    const first = entry.split("\n").find((line) => line.includes("SIP/2.0")) ?? "";
    return `${time} ${way === "sent" ? "->" : "<-"} ${first.trim()} [${/^CSeq: *(.*?)\r?$/m.exec(entry)?.[1] ?? ""}]`;
  });
  return [`── ${user} ──`, ...lines.slice(1).slice(-MESSAGES_SHOWN)].join("\n");
}

/** What sipps are started with, whoever they play. */
interface Stage {
  readonly program: string;
  readonly folder: string;
  readonly server: string;
  readonly ports: ReadonlyMap<string, number>;
  /** Settles when nothing is left of any call in the server. */
  readonly quiet: () => Promise<void>;
}

interface SippPart {
  readonly scenario: SippOptions["scenario"];
  /** It goes on until it is told to finish, unless they are given. */
  readonly calls?: number;
  readonly words: readonly string[];
}

function startParty({ program, folder, server, ports }: Stage, user: string, how: SippPart): Sipp {
  return startSipp({
    ...{ program, folder, server, transport: "udp", port: ports.get(user) ?? 0 },
    ...{ scenario: how.scenario, keys: { domain: DOMAIN, user } },
    ...(how.calls === undefined ? {} : { calls: how.calls }),
    words: ["-s", user, "-au", user, "-ap", passwordOf(user), ...how.words],
  });
}

/** Starts everybody: those who wait, and then the first, who begins. `name` is of this play alone. */
function startPlay(
  stage: Stage,
  name: string,
  { cast, calls = 1, atOnce = 1, isCrossed = false, maybeMissed = false }: SippPlay & { readonly cast: SippCast },
): RunningPlay {
  const rate = ["-l", String(atOnce), "-r", String(RATE)];
  const tolerance = isCrossed ? ["-default_behaviors", "all,-abortunexp"] : [];
  const start = ([user, steps]: readonly [string, readonly SippStep[]], isFirst: boolean): Party => {
    const file = join(stage.folder, `${user}-${name}`);
    const [messages, notes] = [`${file}.messages`, `${file}.notes`];
    const traces = ["-trace_msg", "-message_file", messages, "-trace_logs", "-log_file", notes];
    const words = [...traces, "-timeout", `${LONGEST_PLAY_SECONDS}s`, ...tolerance, ...(isFirst ? rate : [])];
    return {
      user,
      messages,
      notes,
      sipp: startParty(stage, user, {
        scenario: { name: `${user}-${name}`, steps },
        words,
        ...(isFirst || !maybeMissed ? { calls } : {}),
      }),
    };
  };
  const [first, ...others] = Object.entries(cast);
  if (first === undefined) throw new Error("a play needs somebody");
  const listening = others.map((party) => start(party, false));
  const beginner = start(first, true);
  const all = [beginner, ...listening];
  return {
    async ended() {
      try {
        if (maybeMissed) {
          await passed(beginner.sipp, DEADLINE_MS);
          // A sipp that is to finish answers no new call: an INVITE that is still under way would be repeated for 32 s (Timer B).
          await stage.quiet();
          for (const { sipp } of listening) sipp.finish();
        }
        await Promise.all(all.map((party) => passed(party.sipp, DEADLINE_MS)));
      } catch (cause) {
        throw new Error((await Promise.all(all.map(ladder))).join("\n"), { cause });
      } finally {
        // When one has failed, the others wait for what will never come.
        await Promise.all(all.map(({ sipp: { child } }) => child.stop("SIGKILL")));
      }
    },
    noted: (user) =>
      until(`a note of ${user}`, async () => {
        const { notes = "" } = all.find((party) => party.user === user) ?? {};
        const text = await readFile(notes, "utf8").catch(() => "");
        return text.includes("\n") && text.trim();
      }),
  };
}

/** A server with these users, whose phones are sipps. Called first thing in a `describe`. */
export function withSippOffice(extensions: readonly string[]): SippOffice {
  const program = peer("sipp");
  const server = withServer();
  const ports = new Map<string, number>();
  let folder: TestFolder | undefined;
  let plays = 0;
  const stage = (): Stage => ({
    ...{ program, folder: folder?.path ?? "", ports },
    server: server().addresses.sipUdp,
    quiet: () => server().backToZero(),
  });
  beforeAll(async () => {
    folder = await makeTestFolder();
    for (const extension of extensions) {
      const account = { extension, name: `User ${extension}`, sipPassword: passwordOf(extension) };
      await administer(server().data, "user-add", account);
      const port = await freePorts(3);
      ports.set(extension, port);
      const words = ["-key", "contact", `127.0.0.1:${port}`];
      await passed(startParty(stage(), extension, { scenario: "register", calls: 1, words }), DEADLINE_MS);
    }
  });
  afterAll(() => folder?.remove());
  const begin = (cast: SippCast, how?: SippPlay): RunningPlay => startPlay(stage(), String(++plays), { ...how, cast });
  return {
    server,
    begin,
    async play(cast, how) {
      await begin(cast, how).ended();
      await server().backToZero();
    },
    async hangUp(extension) {
      const { data } = server();
      const calls = await administer<readonly { readonly legs: readonly ListedLeg[] }[]>(data, "call-list");
      const leg = calls.flatMap(({ legs }) => legs).find((each) => each.extension === extension)?.id;
      await administer(data, "call-control", { leg, order: { type: "hang-up" } });
    },
  };
}
