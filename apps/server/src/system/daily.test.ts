import { seconds, silentLog } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { daily } from "./daily.ts";

const DAY = seconds(24 * 3600);

test("what is done daily is done at the start and every day, each whatever became of the one before, until it is stopped", async () => {
  const clock = manualClock();
  const done: string[] = [];
  let fails = false;
  const first = (): Promise<void> => {
    done.push("first");
    return fails ? Promise.reject(new Error("away")) : Promise.resolve();
  };
  const second = (): Promise<void> => {
    done.push("second");
    return Promise.resolve();
  };
  const doing = daily({ clock, log: silentLog }, [first, second]);
  await doing.settled();
  expect(done).toEqual(["first", "second"]);
  fails = true;
  clock.advance(DAY);
  await doing.settled();
  expect(done).toHaveLength(4);
  await doing.stop();
  clock.advance(seconds(3 * 24 * 3600));
  expect(done).toHaveLength(4);
  expect(clock.pending).toBe(0);
});
