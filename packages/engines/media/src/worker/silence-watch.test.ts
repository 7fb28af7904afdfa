import { ms } from "@cordboard/kernel";
import { beforeEach, expect, test } from "vitest";
import { SilenceWatch } from "./silence-watch.ts";

let watch: SilenceWatch;
beforeEach(() => {
  watch = new SilenceWatch(ms(10_000));
});

test("nothing is expected of a leg that is not connected, or whose peer is on hold", () => {
  expect(watch.check(ms(99_999))).toBeUndefined();
  watch.expect(true, ms(0));
  watch.expect(false, ms(5000));
  expect(watch.check(ms(99_999))).toBeUndefined();
  expect(watch.hear(ms(99_999))).toBe(false);
});

test("a peer that never began is silent after the time, told once", () => {
  watch.expect(true, ms(1000));
  expect(watch.check(ms(10_999))).toBeUndefined();
  expect(watch.check(ms(11_050))).toBe(10_050);
  expect(watch.check(ms(30_000))).toBeUndefined();
});

test("every packet puts the silence off; the first after it ends it, told once", () => {
  watch.expect(true, ms(0));
  expect(watch.hear(ms(9000))).toBe(false);
  expect(watch.check(ms(18_999))).toBeUndefined();
  expect(watch.check(ms(19_000))).toBe(10_000);
  expect(watch.hear(ms(19_500))).toBe(true);
  expect(watch.hear(ms(19_520))).toBe(false);
  expect(watch.check(ms(29_520))).toBe(10_000);
});

test("expecting what is expected already does not start the time again", () => {
  watch.expect(true, ms(0));
  watch.expect(true, ms(9000));
  expect(watch.check(ms(10_000))).toBe(10_000);
});

test("after a hold the time starts again", () => {
  watch.expect(true, ms(0));
  watch.expect(false, ms(9000));
  watch.expect(true, ms(50_000));
  expect(watch.check(ms(59_999))).toBeUndefined();
  expect(watch.check(ms(60_000))).toBe(10_000);
});
