import { ms, seconds, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { guardOverload } from "./overload.ts";

function scene(p99Ms = 0) {
  const clock = manualClock();
  const guard = guardOverload({
    clock,
    log: silentLog,
    meter: { begin: () => {}, takeP99Ms: () => p99Ms, stop: () => {} },
  });
  guard.begin();
  const callsFor = (forMs: number): readonly (string | undefined)[] =>
    Array.from({ length: forMs / 10 }, () => {
      clock.advance(ms(10));
      return guard.refusalOfCall();
    });
  return { clock, guard, callsFor };
}

test("a call waits for all parts of its set-up, as often as it needs each", () => {
  const { guard, callsFor } = scene();
  guard.watch("inbox", () => 150);
  expect(new Set(callsFor(5000))).toEqual(new Set([undefined]));
  guard.watch("book", () => 400);
  guard.watch("sound", () => 200);
  callsFor(3000);
  expect(new Set(callsFor(1000))).toEqual(new Set(["set-up"]));
  expect(guard.admits()).toBe(true);
  expect(guard.describe()).toEqual({
    eventLoopDelayMs: 0,
    waitsMs: { inbox: 150, sound: 200, book: 400 },
    refusedShare: 1,
  });
});

test("room is kept for calls that were let in and have not taken theirs yet", () => {
  const { clock, guard } = scene();
  let room = 3;
  guard.bound(() => room);
  const ask = (times: number): readonly (string | undefined)[] =>
    Array.from({ length: times }, () => guard.refusalOfCall());
  expect(ask(4)).toEqual([undefined, undefined, undefined, "no-room"]);
  clock.advance(seconds(1));
  expect(ask(1)).toEqual(["no-room"]);
  clock.advance(seconds(1));
  // By now they have taken it, and one has given it back.
  room = 1;
  expect(ask(2)).toEqual([undefined, "no-room"]);
  room = 0;
  clock.advance(seconds(60));
  expect(ask(1)).toEqual(["no-room"]);
});

test("while the event loop is late nothing new is taken, call or not", () => {
  const { clock, guard } = scene(300);
  clock.advance(seconds(1));
  expect([guard.admits(), guard.refusalOfCall()]).toEqual([true, undefined]);
  clock.advance(seconds(1));
  expect([guard.admits(), guard.refusalOfCall()]).toEqual([false, "event-loop"]);
  guard.stop();
  expect(clock.pending).toBe(0);
});
