import type { Clock } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import type { Within } from "../conditions.ts";
import { Conditions } from "../conditions.ts";
import type { LiveCall } from "./live-call.ts";

/** Calls that came in and wait to be taken by {@link CallList.next}; older ones are dropped. */
const MAX_UNCLAIMED = 16;

/** How long `close` waits for the goodbyes. */
const GOODBYE = ms(2000);

/** The calls of one phone or carrier, and those that came in and were not yet asked for. */
export class CallList {
  readonly #calls = new Set<LiveCall>();
  readonly #conditions: Conditions;
  #unclaimed: LiveCall[] = [];

  constructor(clock: Clock) {
    this.#conditions = new Conditions(clock);
  }

  /** Calls that are not over. */
  get live(): readonly LiveCall[] {
    return [...this.#calls];
  }

  /** Conditions that somebody waits for, those of live calls included. */
  get waits(): number {
    return this.live.reduce((sum, call) => sum + call.waits, this.#conditions.pending);
  }

  add(call: LiveCall): void {
    this.#calls.add(call);
  }

  /** Adds a call that {@link next} may hand out. */
  arrived(call: LiveCall): void {
    this.add(call);
    this.#unclaimed = [...this.#unclaimed, call].slice(-MAX_UNCLAIMED);
    this.#conditions.changed();
  }

  remove(call: LiveCall): void {
    this.#calls.delete(call);
    this.#conditions.changed();
  }

  /** The next call that came in. */
  next({ within }: Within = {}): Promise<LiveCall> {
    return this.#conditions.until("a call to come in", () => this.#unclaimed.shift(), within);
  }

  /** Ends all calls, and waits a while for the last to be over. */
  async hangUp(): Promise<void> {
    for (const call of this.#calls) void call.hangUp().catch(() => {});
    await this.#conditions.until("goodbyes", () => this.#calls.size === 0 || undefined, GOODBYE).catch(() => {});
  }

  /** Rejects what is waited for, and waits until every port is free; the agent has been closed before. */
  async close(): Promise<void> {
    this.#conditions.close();
    this.#unclaimed = [];
    const calls = this.live;
    for (const call of calls) call.finish({ by: "local", status: 503, reason: "closed", cause: "closed" });
    await Promise.all(calls.map((call) => call.sound.close()));
    for (const call of calls) call.close();
  }
}
