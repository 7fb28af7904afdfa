import { ms, seconds } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { Looks } from "./looks.ts";

/** When looks were taken, in milliseconds. */
function looking(isSettled: () => boolean) {
  const clock = manualClock();
  const taken: number[] = [];
  const looks = new Looks(clock, () => {
    taken.push(clock.monotonic());
    looks.goOn(isSettled());
  });
  return { clock, taken, looks };
}

test("a peer that was just named is looked for often, and then now and then", () => {
  const { clock, taken, looks } = looking(() => false);
  looks.begin();
  clock.advance(seconds(15));
  expect(taken).toEqual([60, 160, 260, 360, 510, 760, 1260, 2260, 4260, 9260, 14_260]);
  expect(looks.areRare).toBe(true);
});

test("nothing is looked for that has been found, until another peer is named", () => {
  const { clock, taken, looks } = looking(() => true);
  looks.begin();
  clock.advance(ms(100));
  looks.begin();
  clock.advance(ms(100));
  expect(taken).toEqual([60, 160]);
  clock.advance(seconds(5));
  expect(taken).toEqual([60, 160, 5160]);
});

test("no look is taken after the end", () => {
  const { clock, taken, looks } = looking(() => false);
  looks.begin();
  looks.stop();
  expect([clock.pending, taken]).toEqual([0, []]);
});
