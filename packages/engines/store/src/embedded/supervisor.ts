import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Clock, Log } from "@cordboard/kernel";
import { ms, PlatformError, seconds } from "@cordboard/kernel";
import pg from "pg";
import { codeOf } from "../processes.ts";
import { backoff, pause, until, within } from "../waiting.ts";
import { messageOf } from "../writing/refusal.ts";
import type { Placement } from "./placement.ts";
import { stopPostmaster } from "./postmaster.ts";
import { serverArguments } from "./settings.ts";
import { spawnGuarded } from "./watchdog.ts";

/** Whether the database answers. */
export type DatabaseState = "up" | "starting" | "down";

/** What a supervised server needs to be started, and started again. */
export interface SupervisorOptions {
  readonly placement: Placement;
  /** How to log in, for the question whether it answers yet. */
  readonly login: pg.ClientConfig;
  readonly isDurable: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each change of {@link DatabaseState}. */
  readonly onState: (state: DatabaseState) => void;
}

/** Recovery after a crash counts: with at most 256 MB of log it takes seconds. */
const START_DEADLINE = seconds(120);
/** How long memory of a killed server may stay in use before that is a failure. */
const MEMORY_DEADLINE = seconds(30);
const STOP_DEADLINE = seconds(20);
const FIRST_RESTART = ms(50);
const LAST_RESTART = seconds(5);
const KEPT_LINES = 20;
/** SQLSTATE of a failed log-in. */
const WRONG_PASSWORD = "28P01";

/** Complaints of a start that comes too early after a crash; the next one succeeds. */
const TOO_EARLY = /shared memory block|lock file "postmaster\.pid" already exists/;

/**
 * Keeps one PostgreSQL server up on one cluster: starts it behind the watchdog, starts it again when it dies, stops it
 * last. Before each start a postmaster that still lives on the cluster is stopped, so there are never two.
 *
 *     down ──start──▶ starting ──answers──▶ up ──dies──▶ starting …
 *       ▲                 │                  │
 *       └──── stop ───────┴──────────────────┘
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #state: DatabaseState = "down";
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  #lastLines: string[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  state(): DatabaseState {
    return this.#state;
  }

  /** Starts the server and settles when it answers. */
  async start(): Promise<void> {
    const { clock } = this.#options;
    const endsAt = clock.monotonic() + MEMORY_DEADLINE;
    this.#become("starting");
    for (;;) {
      try {
        await this.#launch();
        this.#become("up");
        return;
      } catch (error) {
        if (!TOO_EARLY.test(this.#lastLines.join("\n")) || clock.monotonic() >= endsAt || this.#isStopping) {
          this.#become("down");
          throw error;
        }
        await pause(clock, ms(200));
      }
    }
  }

  /** Stops the server: open transactions are rolled back, and all that was committed is written. */
  async stop(): Promise<void> {
    const { clock, placement, log } = this.#options;
    this.#isStopping = true;
    this.#child?.stdin?.destroy();
    if (!(await within(clock, STOP_DEADLINE, this.#ended))) log.warn("the database is slow to stop");
    await stopPostmaster(placement.cluster, clock);
    this.#become("down");
  }

  async #launch(): Promise<void> {
    const { placement, clock, isDurable, log } = this.#options;
    if (await stopPostmaster(placement.cluster, clock))
      log.warn("stopped a database that an earlier server left behind");
    if (this.#isStopping) throw new PlatformError("database-unavailable", "the database is being stopped");
    this.#lastLines = [];
    const command = join(placement.native, "bin", "postgres");
    const child = spawnGuarded(placement.runAs, command, serverArguments(placement.cluster, isDurable));
    this.#child = child;
    this.#listen(child);
    let isGone = false;
    this.#ended = new Promise<void>((done) => {
      child.on("error", () => done());
      child.on("exit", () => done());
    }).then(() => {
      isGone = true;
      // The watchdog's reader waits for the end of this pipe.
      child.stdin?.destroy();
      this.#child = undefined;
      if (this.#state === "up" && !this.#isStopping) void this.#restart();
    });
    const patience = { deadline: START_DEADLINE, every: ms(10) };
    let isUp = false;
    try {
      await until(clock, patience, async () => {
        if (!isGone && !this.#isStopping) isUp = await this.#answers();
        return isUp || isGone || this.#isStopping;
      });
    } finally {
      if (!isUp) child.stdin?.destroy();
    }
    // It may have answered and died since.
    if (!isUp || isGone)
      throw new PlatformError("database-unavailable", `the database did not start: ${this.#lastLines.join(" · ")}`);
  }

  async #restart(): Promise<void> {
    const { clock, log } = this.#options;
    log.error("the database has died and is started again");
    for (let attempt = 0; !this.#isStopping; attempt++) {
      this.#become("starting");
      await pause(clock, backoff(FIRST_RESTART, LAST_RESTART, attempt));
      if (this.#isStopping) return;
      try {
        await this.start();
        log.info("the database is back", { attempt });
        return;
      } catch (error) {
        log.error("the database does not start", { attempt, error: messageOf(error) });
      }
    }
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ ...this.#options.login, connectionTimeoutMillis: 5000 });
    client.on("error", () => {});
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (codeOf(error) !== WRONG_PASSWORD) return false;
      throw new PlatformError("database-unavailable", "the database does not know the password in its file", error);
    } finally {
      await client.end().catch(() => {});
    }
  }

  #listen(child: ChildProcess): void {
    const { log } = this.#options;
    let rest = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-2000);
      for (const line of lines) {
        this.#lastLines = [...this.#lastLines, line].slice(-KEPT_LINES);
        log.debug("the database says", { line });
      }
    });
    child.on("error", (error) => log.error("the database cannot be run", { error: error.message }));
  }

  #become(state: DatabaseState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }
}
