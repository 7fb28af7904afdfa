import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Endpoint } from "./address.ts";
import { CheckList } from "./check-list.ts";

const place = (port: number): Endpoint => ({ address: "10.0.0.1", port });
const NOW = ms(1_000);
let list: CheckList;
beforeEach(() => {
  list = new CheckList();
});

test("a place has one way, the best ways come first, and those that work before those that may", () => {
  const [worse, better] = [list.to(place(1), 10, NOW), list.to(place(2), 20, NOW)];
  expect(list.to(place(1), 99, NOW)).toBe(worse);
  expect([list.untried, list.best]).toEqual([better, undefined]);
  if (worse === undefined || better === undefined) throw new Error("no room");
  worse.state = "succeeded";
  expect([list.best, list.mayGetBetterThan(worse), list.hasProved(place(1)), list.hasProved(place(2))]).toEqual([
    worse,
    true,
    true,
    false,
  ]);
  better.state = "failed";
  expect(list.mayGetBetterThan(worse)).toBe(false);
  expect(list.proved).toEqual([place(1)]);
});

test("a way that worked and does not answer several checks is no longer the best", () => {
  const [first, second] = [list.to(place(1), 20, NOW), list.to(place(2), 10, NOW)];
  if (first === undefined || second === undefined) throw new Error("no room");
  for (const pair of [first, second]) pair.state = "succeeded";
  Object.assign(first, { transaction: "00", tries: 2 });
  expect(list.best).toBe(first);
  first.tries = 3;
  expect(list.best).toBe(second);
});

test("a check is due when its time has come, and found by its transaction", () => {
  const pair = list.to(place(1), 10, NOW);
  if (pair === undefined) throw new Error("no room");
  Object.assign(pair, { state: "in-progress", transaction: "abc", nextAt: ms(1_500) });
  expect([list.due(ms(1_499)), list.due(ms(1_500)), list.asking("abc"), list.asking("abd")]).toEqual([
    [],
    [pair],
    pair,
    undefined,
  ]);
});

test("whatever comes, the ways are few, each place has one, and only failed ones give way", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(1_000), fc.boolean()), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (walk) => {
      const ways = new CheckList();
      const kept = new Map<number, boolean>();
      for (const [port, priority, fails] of walk) {
        const pair = ways.to(place(port), priority, NOW);
        if (pair === undefined) {
          expect([...kept.values()].filter((isGood) => isGood).length).toBe(32);
          continue;
        }
        pair.state = fails ? "failed" : "succeeded";
        kept.set(port, !fails);
        expect(ways.at(place(port))).toBe(pair);
      }
      for (const [port, isGood] of kept) if (isGood) expect(ways.hasProved(place(port))).toBe(true);
      expect(ways.proved.length).toBeLessThanOrEqual(32);
    }),
  );
});
