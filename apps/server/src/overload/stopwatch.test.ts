import { ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { stopwatch } from "./stopwatch.ts";

test("the oldest work under way says how long it takes now, then what was last done, then nothing", async () => {
  const clock = manualClock();
  const { time, waitMs } = stopwatch(clock);
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  expect(waitMs()).toBe(0);
  const timed = time(first.promise);
  clock.advance(ms(40));
  const failing = time(second.promise);
  clock.advance(ms(10));
  expect(waitMs()).toBe(50);
  first.resolve("done");
  expect(await timed).toBe("done");
  expect(waitMs()).toBe(10);
  second.reject(new Error("no"));
  await expect(failing).rejects.toThrow("no");
  expect(waitMs()).toBe(10);
  clock.advance(ms(1000));
  expect(waitMs()).toBe(0);
});
