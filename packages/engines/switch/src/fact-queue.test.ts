import type { LegFact } from "@cordboard/core";
import type { LegId } from "@cordboard/kernel";
import { silentLog } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { FactQueue } from "./fact-queue.ts";

const answered = (leg: string): LegFact => ({ type: "answered", leg: leg as LegId });

test("facts come in order, never from inside the call that caused them", async () => {
  const queue = new FactQueue(silentLog);
  const heard: string[] = [];
  queue.listen((fact) => {
    heard.push(fact.leg);
    if (fact.leg === "a") queue.report(answered("c"));
    heard.push(`/${fact.leg}`);
  });
  queue.report(answered("a"));
  queue.report(answered("b"));
  expect(heard).toEqual([]);
  await Promise.resolve();
  await Promise.resolve();
  expect(heard).toEqual(["a", "/a", "b", "/b", "c", "/c"]);
});

test("a listener that fails keeps nothing from the others, and is logged", async () => {
  const errors: string[] = [];
  const queue = new FactQueue({ ...silentLog, error: (message) => errors.push(message) });
  const heard: string[] = [];
  queue.listen(() => {
    throw new Error("no");
  });
  queue.listen((fact) => heard.push(fact.leg));
  queue.report(answered("a"));
  queue.report(answered("b"));
  await Promise.resolve();
  expect([heard, errors.length]).toEqual([["a", "b"], 2]);
});
