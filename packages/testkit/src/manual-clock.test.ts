import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manualClock } from "./manual-clock.ts";

describe("the manual clock", () => {
  test("runs what falls due in order of time, then of starting, each at its own time", () => {
    const clock = manualClock();
    const ran: string[] = [];
    const note = (name: string) => () => void ran.push(`${name}@${clock.monotonic()}`);
    clock.after(ms(20), note("c"));
    clock.after(ms(10), note("a"));
    clock.after(ms(10), note("b"));
    clock.after(ms(0), note("now"));
    clock.after(ms(30), note("late"));
    clock.advance(ms(20));
    expect(ran).toEqual(["now@0", "a@10", "b@10", "c@20"]);
    expect([clock.monotonic(), clock.pending]).toEqual([20, 1]);
  });

  test("runs what a timer starts when that falls due within the same move", () => {
    const clock = manualClock();
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.monotonic());
      clock.after(ms(10), again);
    };
    clock.after(ms(10), again);
    clock.advance(ms(35));
    expect(ran).toEqual([10, 20, 30]);
  });

  test("runs nothing that was cancelled", () => {
    const clock = manualClock();
    clock.after(ms(1), () => expect.fail("ran")).cancel();
    clock.advance(ms(10));
    expect(clock.pending).toBe(0);
  });

  test("lets promises settle between timers", async () => {
    const clock = manualClock();
    const ran: number[] = [];
    const wait = (by: number): Promise<void> => new Promise((resolve) => void clock.after(ms(by), resolve));
    const task = (async () => {
      for (let i = 0; i < 3; i++) {
        await wait(10);
        await Promise.resolve();
        ran.push(clock.monotonic());
      }
    })();
    await clock.run(ms(25));
    expect(ran).toEqual([10, 20]);
    expect(await clock.drain(ms(1000))).toBe(5);
    await task;
  });

  test("keeps the order of time whatever is started", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), (delays) => {
        const clock = manualClock();
        const ran: number[] = [];
        for (const delay of delays) clock.after(ms(delay), () => void ran.push(delay));
        clock.advance(ms(1000));
        expect(ran).toEqual(delays.toSorted((a, b) => a - b));
      }),
    );
  });
});
