import { instant, ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ExpiryHeap } from "./expiry-heap.ts";

test("what is due is told in order, each once, by one timer", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 60 }), (delays) => {
      const clock = manualClock();
      const told: number[] = [];
      const heap = new ExpiryHeap<number>(clock, (item) => told.push(item));
      for (const delay of delays) heap.add(delay, instant(clock.now() + delay));
      expect(clock.pending).toBeLessThanOrEqual(1);
      clock.advance(ms(1_000_001));
      expect(told).toEqual([...delays].sort((a, b) => a - b));
      expect([heap.size, clock.pending]).toEqual([0, 0]);
    }),
  );
});

test("nothing is told early", () => {
  const clock = manualClock();
  const told: string[] = [];
  const heap = new ExpiryHeap<string>(clock, (item) => told.push(item));
  heap.add("late", instant(clock.now() + 5000));
  heap.add("soon", instant(clock.now() + 1000));
  clock.advance(ms(999));
  expect(told).toEqual([]);
  clock.advance(ms(1));
  expect(told).toEqual(["soon"]);
});

test("an emptied heap leaves no timer", () => {
  const clock = manualClock();
  const heap = new ExpiryHeap<string>(clock, () => {});
  heap.add("one", instant(clock.now() + 5000));
  heap.clear();
  expect(clock.pending).toBe(0);
});

test("many that are due at once take turns with everybody else", () => {
  const clock = manualClock();
  const told: number[] = [];
  const heap = new ExpiryHeap<number>(clock, (item) => told.push(item));
  const at = instant(clock.now() + 1000);
  for (let i = 0; i < 2500; i++) heap.add(i, at);
  const turns: number[] = [];
  clock.after(ms(1000), () => turns.push(told.length));
  clock.advance(ms(1000));
  expect(turns).toEqual([1000]);
  expect(told.length).toBe(2500);
});
