import { ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { atMost, Conditions, PhoneError } from "./conditions.ts";

const never = (): undefined => undefined;

test("a condition that is true already needs no change and leaves no timer", async () => {
  const clock = manualClock();
  const conditions = new Conditions(clock);
  await expect(conditions.until("this", () => 7)).resolves.toBe(7);
  expect([conditions.pending, clock.pending]).toEqual([0, 0]);
});

test("a condition resolves when a change makes it true", async () => {
  const clock = manualClock();
  const conditions = new Conditions(clock);
  let digits = "";
  const heard = conditions.until("a digit", () => (digits === "" ? undefined : digits));
  conditions.changed();
  expect(conditions.pending).toBe(1);
  digits = "5";
  conditions.changed();
  await expect(heard).resolves.toBe("5");
  expect([conditions.pending, clock.pending]).toEqual([0, 0]);
});

test("the deadline rejects with what was waited for, as it stood then", async () => {
  const clock = manualClock();
  const conditions = new Conditions(clock);
  let level = -60;
  const waiting = conditions.until(() => `a tone (it was at ${level})`, never, ms(500));
  level = -40;
  clock.advance(ms(499));
  expect(conditions.pending).toBe(1);
  clock.advance(ms(1));
  await expect(waiting).rejects.toMatchObject({
    code: "deadline-passed",
    message: "waited 500 ms in vain for a tone (it was at -40)",
  });
  expect(clock.pending).toBe(0);
});

test("a condition that became true without a change is seen at the deadline", async () => {
  const clock = manualClock();
  const conditions = new Conditions(clock);
  let isTrue = false;
  const waiting = conditions.until("this", () => (isTrue ? "yes" : undefined), ms(10));
  isTrue = true;
  clock.advance(ms(10));
  await expect(waiting).resolves.toBe("yes");
});

test("a condition that can never come true rejects at once", async () => {
  const conditions = new Conditions(manualClock());
  const hopeless = new PhoneError("call-over", "the call is over");
  await expect(conditions.until("an answer", () => hopeless)).rejects.toBe(hopeless);
});

test("closing rejects what is waited for and what is asked later", async () => {
  const clock = manualClock();
  const conditions = new Conditions(clock);
  const waiting = conditions.until("this", never);
  conditions.close();
  await expect(waiting).rejects.toMatchObject({ code: "phone-closed" });
  await expect(conditions.until("that", () => 1)).rejects.toMatchObject({ code: "phone-closed" });
  expect(clock.pending).toBe(0);
});

test("work is waited for at most so long, however it ends", async () => {
  const clock = manualClock();
  await atMost(clock, ms(100), Promise.reject(new Error("no")));
  await atMost(clock, ms(100), Promise.resolve());
  expect(clock.pending).toBe(0);
  const slow = atMost(clock, ms(100), new Promise(() => {}));
  clock.advance(ms(100));
  await expect(slow).resolves.toBeUndefined();
});
