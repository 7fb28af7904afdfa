import { ms, seconds } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAttemptLimit } from "./attempt-limit.ts";
import { addressSubject, createRateLimiter, rateHeaders } from "./rate-limiter.ts";

describe("requests are counted in windows", () => {
  test("that begin with the first and are each subject's own", () => {
    const clock = manualClock();
    const limiter = createRateLimiter({ clock, window: seconds(60) });
    const isAllowed = (subject: string) => limiter.take(subject, 2).isAllowed;
    expect([isAllowed("a"), isAllowed("a"), isAllowed("a"), isAllowed("b")]).toEqual([true, true, false, true]);
    clock.advance(ms(59_999));
    expect(isAllowed("a")).toBe(false);
    clock.advance(ms(1));
    expect(isAllowed("a")).toBe(true);
    expect(limiter.describe()).toEqual({ subjects: 1, forgottenEarly: 0 });
  });

  test("and told in headers", () => {
    const clock = manualClock();
    const limiter = createRateLimiter({ clock, window: seconds(60) });
    limiter.take("a", 5);
    clock.advance(ms(30_500));
    expect(rateHeaders(limiter.take("a", 5), clock)).toMatchObject({
      "ratelimit-policy": "5;w=60",
      "ratelimit-remaining": "3",
      "ratelimit-reset": "30",
    });
  });

  test("of no more subjects than may be", () => {
    const limiter = createRateLimiter({ clock: manualClock(), window: seconds(60), maxSubjects: 3 });
    for (const subject of ["a", "a", "b", "c", "d"]) limiter.take(subject, 1);
    expect(limiter.describe()).toEqual({ subjects: 3, forgottenEarly: 1 });
    expect(limiter.take("b", 1).isAllowed).toBe(false);
    expect(limiter.take("a", 1).isAllowed).toBe(true);
  });
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
  ["2001:0db8::6", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["nonsense", "nonsense"],
])("%s is counted as %s", (address, subject) => expect(addressSubject(address)).toBe(subject));

test("addresses of one network are counted as one", () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      expect(addressSubject(address)).toMatch(/^([0-9a-f]{1,4}:){4}:\/64$/i);
    }),
  );
});

describe("failures cost time", () => {
  const policy = { freeFailures: 2, longestDelay: seconds(10) };

  test("that doubles from a second to its bound, and is forgotten", () => {
    const clock = manualClock();
    const limit = createAttemptLimit(clock);
    const waits = Array.from({ length: 8 }, () => {
      limit.failed("a", policy);
      const wait = limit.waitOf("a");
      clock.advance(wait);
      return wait / 1000;
    });
    expect(waits).toEqual([0, 0, 1, 2, 4, 8, 10, 10]);
    expect(limit.waitOf("b")).toBe(0);
    clock.advance(seconds(900));
    limit.failed("a", policy);
    expect(limit.waitOf("a")).toBe(0);
  });

  test("until one succeeds", () => {
    const limit = createAttemptLimit(manualClock());
    for (let failed = 0; failed < 5; failed++) limit.failed("a", policy);
    expect(limit.waitOf("a")).toBe(4000);
    limit.succeeded("a");
    expect(limit.waitOf("a")).toBe(0);
  });

  test("of no more subjects than may be", () => {
    const limit = createAttemptLimit(manualClock(), 2);
    for (const subject of ["a", "b", "a", "c"]) limit.failed(subject, { freeFailures: 0, longestDelay: seconds(10) });
    expect(limit.describe()).toEqual({ subjects: 2 });
    expect([limit.waitOf("a"), limit.waitOf("b"), limit.waitOf("c")]).toEqual([2000, 0, 1000]);
  });
});
