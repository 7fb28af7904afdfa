import { beforeEach, expect, test } from "vitest";
import type { CallRefusal } from "../overload.ts";
import type { Admission } from "./admission.ts";
import { admission } from "./admission.ts";

let refusal: CallRefusal | undefined;
let state: "committing" | "spooling" | "away";
let turnedAway: string[];
let door: Admission;
beforeEach(() => {
  refusal = undefined;
  state = "committing";
  turnedAway = [];
  door = admission({
    overload: { refusalOfCall: () => refusal },
    book: { state: () => state },
    onTurnedAway: (why) => turnedAway.push(why),
  });
});
const NEW = { isExpected: false };
const EXPECTED = { isExpected: true };

test("in good weather everybody comes in, also while the book is kept in memory", () => {
  state = "spooling";
  expect([door.admit(NEW), door.admit(EXPECTED), door.admitsPlaced()]).toEqual([undefined, undefined, true]);
  expect(turnedAway).toEqual([]);
});

test("in overload new calls are turned away, by phone and by program, and those that have begun come in", () => {
  refusal = "set-up";
  expect(door.admit(NEW)).toBeDefined();
  expect(door.admitsPlaced()).toBe(false);
  expect(door.admit(EXPECTED)).toBeUndefined();
  expect(turnedAway).toEqual(["set-up", "set-up"]);
});

test("while the book takes nothing, nobody comes in", () => {
  state = "away";
  expect([door.admit(NEW), door.admit(EXPECTED)]).not.toContain(undefined);
  expect(turnedAway).toEqual(["database-away", "database-away"]);
});

test("once it is closed, nobody comes in", () => {
  door.close();
  expect([door.admit(NEW), door.admit(EXPECTED)]).not.toContain(undefined);
  expect(turnedAway).toEqual(["draining", "draining"]);
});

test("those who were turned away are not told to come again at the same time", () => {
  refusal = "set-up";
  const seconds = Array.from({ length: 12 }, () => door.admit(NEW)?.retryAfterSeconds);
  expect(new Set(seconds)).toEqual(new Set([5, 6, 7, 8, 9, 10]));
});
