import { expect, test } from "vitest";
import { Shared } from "./shared.ts";

test("the first of equal values stands for all of them", () => {
  const shared = new Shared<object>(10);
  const first = { address: "192.0.2.1" };
  expect(shared.of("192.0.2.1", first)).toBe(first);
  expect(shared.of("192.0.2.1", { address: "192.0.2.1" })).toBe(first);
});

test("no more are known than may be", () => {
  const shared = new Shared<string>(10);
  for (let i = 0; i < 100; i++) {
    expect(shared.of(`phone ${i % 15}`, `phone ${i % 15}`)).toBe(`phone ${i % 15}`);
    expect(shared.size).toBeLessThanOrEqual(10);
  }
});
