import { EventEmitter } from "node:events";
import { makeDtlsIdentity } from "@cordboard/dtls/node";
import { ms } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import type { Order, WorkerStart } from "./messages.ts";
import { defaultTimings } from "./timings.ts";
import type { WorkerThread } from "./worker-link.ts";
import { WorkerLink } from "./worker-link.ts";

/** A thread that does nothing but what the test says. */
class SilentThread extends EventEmitter implements WorkerThread {
  readonly orders: Order[] = [];
  readonly start: WorkerStart;
  isTerminated = false;
  posts = 0;

  constructor(start: WorkerStart) {
    super();
    this.start = start;
  }

  postMessage(orders: readonly Order[]): void {
    this.orders.push(...orders);
    this.posts++;
  }

  async terminate(): Promise<void> {
    this.isTerminated = true;
    this.emit("exit", 1);
  }

  beat(): void {
    Atomics.add(new Int32Array(this.start.beats), 0, 1);
  }
}

let clock: ManualClock;
let thread: SilentThread;
let link: WorkerLink;
let said: unknown[];
/** Time that has passed without any timer being run: this thread was busy. */
let away: number;

beforeEach(() => {
  clock = manualClock();
  said = [];
  away = 0;
  link = new WorkerLink({
    clock: { ...clock, monotonic: () => ms(clock.monotonic() + away) },
    identity: makeDtlsIdentity(0),
    timings: defaultTimings,
    start: (start) => {
      thread = new SilentThread(start);
      return thread;
    },
    events: {
      onReport: (_link, report) => said.push(report),
      onDead: (_link, why) => said.push(why),
    },
  });
});

/** Lets time pass with a sign of life every 100 ms. */
function live(forMs: number): void {
  for (let passed = 0; passed < forMs; passed += 100) {
    thread.beat();
    clock.advance(ms(100));
  }
}

describe("a worker's life", () => {
  test("goes on as long as its counter rises", () => {
    live(60_000);
    expect(link.isAlive).toBe(true);
    expect(said).toEqual([]);
  });

  test("ends two seconds after its last sign, and its thread with it", () => {
    live(1000);
    clock.advance(ms(1900));
    expect(link.isAlive).toBe(true);
    clock.advance(ms(700));
    expect(said).toEqual(["worker stands still"]);
    expect(thread.isTerminated).toBe(true);
  });

  test("is allowed a longer start", () => {
    clock.advance(ms(9000));
    expect(link.isAlive).toBe(true);
    clock.advance(ms(1500));
    expect(link.isAlive).toBe(false);
  });

  test("is not judged by one look after the main thread was away for a minute", () => {
    live(1000);
    away = 60_000;
    clock.advance(ms(500));
    expect(link.isAlive).toBe(true);
    live(3000);
    expect(link.isAlive).toBe(true);
  });

  test.each([
    { event: "error", argument: new Error("boom"), why: "worker failed: boom" },
    { event: "exit", argument: 1, why: "worker ended with code 1" },
  ])("is over with its $event, said once", ({ event, argument, why }) => {
    thread.emit(event, argument);
    thread.emit("exit", 1);
    clock.advance(ms(60_000));
    expect(said).toEqual([why]);
    expect(clock.pending).toBe(0);
  });
});

describe("requests", () => {
  test("are answered by their number, in any order", async () => {
    const [first, second] = [
      link.request({ type: "close", leg: "leg_1" as never }),
      link.request({ type: "close", leg: "leg_2" as never }),
    ];
    thread.emit("message", [
      { type: "closed", request: 2, quality: undefined },
      { type: "opened", request: 1, outcome: "open" },
    ]);
    expect([await first, await second].map((answer) => answer?.request)).toEqual([1, 2]);
    await expect.poll(() => thread.orders).toHaveLength(2);
    expect(thread.orders.map((order) => "request" in order && order.request)).toEqual([1, 2]);
  });

  test("show how long answers take: while one is due, and for a second after it came", async () => {
    expect(link.waitMs).toBe(0);
    void link.request({ type: "close", leg: "leg_1" as never });
    clock.advance(ms(70));
    void link.request({ type: "close", leg: "leg_2" as never });
    clock.advance(ms(30));
    expect(link.waitMs).toBe(100);
    thread.emit("message", [{ type: "closed", request: 1, quality: undefined }]);
    expect(link.waitMs).toBe(30);
    thread.emit("message", [{ type: "closed", request: 2, quality: undefined }]);
    clock.advance(ms(999));
    expect(link.waitMs).toBe(30);
    clock.advance(ms(1));
    expect(link.waitMs).toBe(0);
  });

  test("to a worker that dies are answered by nothing, now and later", async () => {
    const waiting = link.request({ type: "close", leg: "leg_1" as never });
    thread.emit("exit", 1);
    expect(await waiting).toBeUndefined();
    expect(await link.request({ type: "close", leg: "leg_1" as never })).toBeUndefined();
    link.send({ type: "stop", leg: "leg_1" as never });
    await expect.poll(() => thread.orders).toHaveLength(1);
  });

  test("to a worker that is stopped are answered by nothing, and its owner hears nothing", async () => {
    const waiting = link.request({ type: "close", leg: "leg_1" as never });
    await link.stop();
    expect(await waiting).toBeUndefined();
    thread.emit("message", [{ type: "fact", fact: {} }]);
    expect(said).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

test("orders of one turn leave in one message, in their order", async () => {
  const leg = "leg_1" as never;
  link.send({ type: "stop", leg });
  void link.request({ type: "close", leg });
  expect(thread.posts).toBe(0);
  await expect.poll(() => thread.posts).toBe(1);
  expect(thread.orders.map(({ type }) => type)).toEqual(["stop", "close"]);
  link.send({ type: "unbridge", leg });
  await expect.poll(() => thread.posts).toBe(2);
});
