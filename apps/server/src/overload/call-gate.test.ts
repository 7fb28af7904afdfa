import { ms, seconds, silentLog } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock, seededRandom } from "@cordboard/testkit";
import { describe, expect, test } from "vitest";
import type { CallGate } from "./call-gate.ts";
import { callGate } from "./call-gate.ts";

/** A gate, and what it says to calls that come ten milliseconds apart and wait for so long. */
function scene() {
  const clock = manualClock();
  const gate = callGate({ clock, log: silentLog });
  const shareLetIn = (waitMs: number, forMs: number): number => {
    let letIn = 0;
    for (let passed = 0; passed < forMs; passed += 10) {
      if (gate.admits(waitMs)) letIn++;
      clock.advance(ms(10));
    }
    return letIn / (forMs / 10);
  };
  return { clock, gate, shareLetIn };
}

describe("the gate", () => {
  test("stays open in a hiccup of less than a second", () => {
    const { shareLetIn } = scene();
    expect([shareLetIn(0, 1000), shareLetIn(1600, 900), shareLetIn(0, 1000)]).toEqual([1, 1, 1]);
  });

  test("stays open at a wait that callers do not notice, for ever", () => {
    expect(scene().shareLetIn(790, 60_000)).toBe(1);
  });

  test.each([
    { waitMs: 200, share: 1 },
    { waitMs: 500, share: 0.75 },
    { waitMs: 800, share: 0.5 },
    { waitMs: 1400, share: 0 },
    { waitMs: 5000, share: 0 },
  ])("once closed, lets $share of the calls in at a wait of $waitMs ms, evenly", ({ waitMs, share }) => {
    const { gate, shareLetIn } = scene();
    shareLetIn(1600, 3000);
    expect(gate.refusedShare()).toBe(1);
    expect(shareLetIn(waitMs, 1000)).toBeCloseTo(share, 1);
    expect(shareLetIn(waitMs, 1000)).toBeCloseTo(share, 1);
  });

  test("lets everybody in as soon as nothing waits, and is open again after two calm seconds", () => {
    const { shareLetIn } = scene();
    shareLetIn(1600, 3000);
    expect(shareLetIn(0, 3000)).toBe(1);
    expect(shareLetIn(1600, 900)).toBe(1);
  });

  test("that has not been calm for two seconds is still closed", () => {
    const { shareLetIn } = scene();
    shareLetIn(1600, 3000);
    shareLetIn(0, 1500);
    expect(shareLetIn(1600, 900)).toBe(0);
  });

  test("begins anew after five seconds without a call", () => {
    const { clock, shareLetIn } = scene();
    shareLetIn(1600, 3000);
    clock.advance(seconds(6));
    expect(shareLetIn(1600, 900)).toBe(1);
  });
});

/** What the machine of the simulation spends on each step of a call, in milliseconds. */
const COST = { challenge: 0.6, setUp: 2.4, ringing: 0.8, answer: 1.6, ack: 0.4, bye: 1.6, ended: 0.8, refuse: 0.2 };
const REPEATED_MS = 0.3;
const WHOLE_CALL = COST.challenge + COST.setUp + COST.ringing + COST.answer + COST.ack + COST.bye + COST.ended;
const CAPACITY = 1000 / WHOLE_CALL;
const TALK = ms(2000);
const OVER_THE_WIRE = ms(0.5);
const T1 = 500;
/** INVITE, INVITE with the proof, 180 and 200. */
const MESSAGES_TO_WAIT_FOR = 4;

/** One thread that takes message after message, each of which costs it time. */
class Machine {
  readonly clock: ManualClock;
  readonly #messages: { readonly at: number; readonly take: () => number }[] = [];
  #taken = 0;
  #isBusy = false;
  #freeAt = 0;
  waitMs = 0;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  /** It does nothing for so long, as when the machine below it gives its time to others. */
  stall(forMs: number): void {
    this.#freeAt = this.clock.monotonic() + forMs;
  }

  bring(take: () => number): void {
    this.#messages.push({ at: this.clock.monotonic(), take });
    if (!this.#isBusy) this.#next();
  }

  #next(): void {
    const now = this.clock.monotonic();
    if (now < this.#freeAt) {
      this.#isBusy = true;
      this.clock.after(ms(this.#freeAt - now), () => this.#next());
      return;
    }
    const message = this.#messages[this.#taken];
    this.#isBusy = message !== undefined;
    if (message === undefined) return;
    this.#taken++;
    this.waitMs = now - message.at;
    this.clock.after(ms(message.take()), () => this.#next());
  }
}

interface Counts {
  offered: number;
  refused: number;
  repeated: number;
  readonly endedAt: number[];
  readonly setUpMs: number[];
}

/** Callers at the machine's door, who send again what is not answered in time (RFC 3261 §17). */
function callers(machine: Machine, gate: CallGate | undefined) {
  const { clock } = machine;
  const counts: Counts = { offered: 0, refused: 0, repeated: 0, endedAt: [], setUpMs: [] };
  const soon = (task: () => void): void => void clock.after(OVER_THE_WIRE, task);
  /** `serve` says what it cost when the message is taken for the first time. */
  const send = (serve: () => number, afterMs = T1): void => {
    let isTaken = false;
    const trySend = (after: number): void => {
      const again = clock.after(ms(after), () => {
        if (isTaken || after > 32 * T1) return;
        counts.repeated++;
        trySend(2 * after);
      });
      machine.bring(() => {
        if (isTaken) return REPEATED_MS;
        isTaken = true;
        again.cancel();
        return serve();
      });
    };
    trySend(afterMs);
  };
  const step = (cost: number, then: () => void) => (): number => {
    soon(then);
    return cost;
  };
  const hangUp = (): void => {
    const ended = (): void => void counts.endedAt.push(clock.monotonic());
    send(step(COST.bye, () => send(step(COST.ended, ended))));
  };
  const call = (): void => {
    const calledAt = clock.monotonic();
    counts.offered++;
    const answered = (): void => {
      counts.setUpMs.push(clock.monotonic() - calledAt);
      send(step(COST.ack, () => clock.after(TALK, hangUp)));
    };
    const proved = (): void => {
      send(step(COST.ringing, () => {}));
      send(step(COST.answer, answered));
    };
    send(() => {
      if (gate?.admits(MESSAGES_TO_WAIT_FOR * machine.waitMs) !== false)
        return step(COST.challenge, () => send(step(COST.setUp, proved)))();
      counts.refused++;
      return COST.refuse;
    });
  };
  return { counts, call };
}

const LOAD_MS = 15_000;
/** Calls that end before are of those that came before the gate could know. */
const FROM_MS = 4_000;

/** So many times the capacity for fifteen seconds; how many calls went through, as a share of the capacity. */
function offer(factor: number, options: { readonly isGuarded: boolean; readonly stallMs?: number }) {
  const clock = manualClock();
  const machine = new Machine(clock);
  const { counts, call } = callers(machine, options.isGuarded ? callGate({ clock, log: silentLog }) : undefined);
  const random = seededRandom(1);
  const arrive = (): void => {
    if (clock.monotonic() >= LOAD_MS) return;
    call();
    clock.after(ms((-Math.log(1 - random.next()) * 1000) / (factor * CAPACITY)), arrive);
  };
  arrive();
  clock.after(ms(FROM_MS), () => machine.stall(options.stallMs ?? 0));
  // What nobody guards takes minutes to work off.
  clock.advance(options.isGuarded ? seconds(60) : ms(LOAD_MS));
  const inTime = counts.endedAt.filter((at) => at > FROM_MS && at <= LOAD_MS).length / ((LOAD_MS - FROM_MS) / 1000);
  const ended = counts.endedAt.length;
  const slowest = counts.setUpMs.toSorted((a, b) => a - b)[Math.floor(counts.setUpMs.length * 0.99)] ?? 0;
  return { ...counts, ended, goodput: inTime / CAPACITY, slowestMs: slowest };
}

describe("a machine that is offered more calls than it can set up", () => {
  test("without a gate does fewer and fewer, as callers send again what waits", () => {
    expect(offer(2, { isGuarded: false }).goodput).toBeLessThan(0.8);
  });

  test.each([
    { factor: 1.2, share: 0.95 },
    { factor: 2, share: 0.9 },
    // Refusals cost time as well.
    { factor: 5, share: 0.75 },
  ])("does what it can at $factor times its capacity, and finishes each call that it took", ({ factor, share }) => {
    const { offered, refused, ended, goodput, slowestMs } = offer(factor, { isGuarded: true });
    expect(ended).toBe(offered - refused);
    expect(goodput).toBeGreaterThan(share);
    expect(slowestMs).toBeLessThan(4000);
  });

  test.each([0.5, 0.9])("refuses nobody at %s times its capacity", (factor) => {
    expect(offer(factor, { isGuarded: true }).refused).toBe(0);
  });

  test("refuses nobody for having stood still for most of a second", () => {
    expect(offer(0.6, { isGuarded: true, stallMs: 700 }).refused).toBe(0);
  });
});
