import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import type { Endpoint } from "./addresses.ts";
import { SourceLock } from "./source-lock.ts";

const named: Endpoint = { address: "10.0.0.5", port: 4000 };
const otherPort: Endpoint = { address: "10.0.0.5", port: 4444 };
const elsewhere: Endpoint = { address: "203.0.113.9", port: 61_000 };
const stranger: Endpoint = { address: "198.51.100.1", port: 5 };

let lock: SourceLock;
const at = (from: Endpoint, now: number, mayLock = true): boolean => lock.admits(from, mayLock, ms(now));

beforeEach(() => {
  lock = new SourceLock(ms(5000));
  lock.negotiate(named, ms(0));
});

test("before the first packet, ours go where the peer said", () => {
  expect(lock.target).toEqual(named);
  expect(lock.source).toBeUndefined();
});

test("nothing is admitted before anything is negotiated", () => {
  const fresh = new SourceLock(ms(5000));
  expect(fresh.admits(named, true, ms(0))).toBe(false);
  expect(fresh.target).toBeUndefined();
});

describe("the first packet", () => {
  test.each([
    { name: "from where it said", from: named, now: 0 },
    { name: "from where it said, however late", from: named, now: 60_000 },
    { name: "from another port of its address, however late", from: otherPort, now: 60_000 },
    { name: "from elsewhere, at the beginning", from: elsewhere, now: 4999 },
  ])("$name locks", ({ from, now }) => {
    expect(at(from, now)).toBe(true);
    expect(lock.target).toEqual(from);
  });

  test("from elsewhere is too late after the beginning", () => {
    expect(at(elsewhere, 5000)).toBe(false);
    expect(lock.target).toEqual(named);
  });

  test("of a kind that was not agreed does not lock", () => {
    expect(at(named, 0, false)).toBe(false);
    expect(lock.source).toBeUndefined();
  });
});

describe("once locked", () => {
  test("the source's own packets are admitted, whatever they carry", () => {
    at(named, 0);
    expect(at(named, 99_999, false)).toBe(true);
  });

  test.each([
    { name: "an equal fit", first: elsewhere, later: stranger },
    { name: "a worse fit", first: otherPort, later: elsewhere },
    { name: "anything, when the fit is perfect", first: named, later: otherPort },
  ])("$name changes nothing, even at the beginning", ({ first, later }) => {
    at(first, 0);
    expect(at(later, 1)).toBe(false);
    expect(lock.target).toEqual(first);
  });

  test.each([
    { name: "its address", first: elsewhere, later: otherPort },
    { name: "exactly what it said", first: elsewhere, later: named },
    { name: "its port too", first: otherPort, later: named },
  ])("a better fit ($name) takes over for a while, counted from the first packet", ({ first, later }) => {
    at(first, 3000);
    expect(at(later, 7999)).toBe(true);
    expect(lock.target).toEqual(later);
  });

  test("a better fit comes too late after that", () => {
    at(elsewhere, 3000);
    expect(at(named, 8000)).toBe(false);
    expect(lock.target).toEqual(elsewhere);
  });
});

describe("a new negotiation", () => {
  test("of the same keeps the lock", () => {
    at(elsewhere, 0);
    lock.negotiate({ ...named }, ms(20_000));
    expect(at(elsewhere, 20_001)).toBe(true);
    expect(at(stranger, 20_001)).toBe(false);
  });

  test("of the same opens the door again while nobody has come", () => {
    lock.negotiate({ ...named }, ms(20_000));
    expect(at(elsewhere, 24_999)).toBe(true);
  });

  test("of something else begins anew", () => {
    at(named, 0);
    const next = { address: "10.0.0.6", port: 4000 };
    lock.negotiate(next, ms(20_000));
    expect(lock.target).toEqual(next);
    expect(at(next, 90_000)).toBe(true);
    expect(at(named, 90_001)).toBe(false);
  });
});

test("a restored source stands as firmly as one that was locked long ago", () => {
  lock.restore(elsewhere);
  expect(at(elsewhere, 1)).toBe(true);
  expect(at(named, 1)).toBe(false);
});
