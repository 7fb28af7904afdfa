import { ms } from "@cordboard/kernel";
import { manualClock, seededRandom } from "@cordboard/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PortPair } from "./port-pool.ts";
import { createPortPool } from "./port-pool.ts";

const poolOf = (first: number, last: number) => {
  const clock = manualClock();
  return { clock, pool: createPortPool({ first, last, drain: ms(5000), clock, random: seededRandom(1) }) };
};

test.each([
  { first: 10_000, last: 10_007, rtp: [10_000, 10_002, 10_004, 10_006] },
  { first: 10_001, last: 10_006, rtp: [10_002, 10_004] },
  { first: 10_001, last: 10_002, rtp: [] },
  { first: 10_000, last: 10_000, rtp: [] },
])("the range $first to $last has the pairs that begin with an even port", ({ first, last, rtp }) => {
  const { pool } = poolOf(first, last);
  const taken: number[] = [];
  for (let pair = pool.take(); pair !== undefined; pair = pool.take()) {
    expect(pair.rtcp).toBe(pair.rtp + 1);
    taken.push(pair.rtp);
  }
  expect(taken.sort()).toEqual(rtp);
});

test("ports do not come in the order of their numbers", () => {
  const { pool } = poolOf(10_000, 10_199);
  const taken = Array.from({ length: 100 }, () => pool.take()?.rtp ?? 0);
  expect(taken).not.toEqual([...taken].sort());
});

test("a pair that was given back drains before it is free", () => {
  const { pool, clock } = poolOf(10_000, 10_001);
  const pair = pool.take();
  if (pair === undefined) throw new Error("no pair");
  pool.giveBack(pair);
  expect(pool.counts()).toEqual({ inUse: 0, draining: 2, free: 0 });
  clock.advance(ms(4999));
  expect(pool.take()).toBeUndefined();
  clock.advance(ms(1));
  expect(pool.counts()).toEqual({ inUse: 0, draining: 0, free: 2 });
  expect(pool.take()).toEqual(pair);
});

test("a pool that is stopped leaves no timer", () => {
  const { pool, clock } = poolOf(10_000, 10_003);
  for (const pair of [pool.take(), pool.take()]) if (pair !== undefined) pool.giveBack(pair);
  pool.stop();
  expect(clock.pending).toBe(0);
});

test("through any takes, returns and times, no pair is out twice and none is ever lost", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("take", "give", "wait" as const), { maxLength: 400 }), (steps) => {
      const { pool, clock } = poolOf(20_000, 20_019);
      const out = new Map<number, PortPair>();
      for (const step of steps) {
        if (step === "take") {
          const pair = pool.take();
          if (pair === undefined) continue;
          expect(out.has(pair.rtp)).toBe(false);
          out.set(pair.rtp, pair);
        } else if (step === "give") {
          const [pair] = out.values();
          if (pair === undefined) continue;
          out.delete(pair.rtp);
          pool.giveBack(pair);
        } else clock.advance(ms(1700));
        const { inUse, draining, free } = pool.counts();
        expect(inUse).toBe(2 * out.size);
        expect(inUse + draining + free).toBe(20);
      }
    }),
  );
});

test("thousands of legs later the pool is as it was", () => {
  const { pool, clock } = poolOf(20_000, 20_099);
  for (let i = 0; i < 5000; i++) {
    const pair = pool.take();
    if (pair !== undefined) pool.giveBack(pair);
    clock.advance(ms(1000));
  }
  clock.advance(ms(5000));
  expect(pool.counts()).toEqual({ inUse: 0, draining: 0, free: 100 });
});
