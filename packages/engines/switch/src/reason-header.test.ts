import { verdictOf } from "@cordboard/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { q850Cause, reasonHeader } from "./reason-header.ts";

describe("the cause that a peer gives", () => {
  test.each([
    { values: ["Q.850;cause=16"], cause: 16 },
    { values: ['q.850 ; text="a;b,c" ; cause = 17'], cause: 17 },
    { values: ['SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26'], cause: 26 },
    { values: ["SIP;cause=600", "Q.850;cause=31"], cause: 31 },
    { values: ["Q.850;cause=0", "Q.850;cause=128"], cause: undefined },
    { values: ["Q.850;cause=-1"], cause: undefined },
    { values: ["Q.850"], cause: undefined },
    { values: [`Q.850;text="${"x".repeat(600)}";cause=16`], cause: undefined },
    { values: [], cause: undefined },
  ])("of $values is $cause", ({ values, cause }) => expect(q850Cause(values)).toBe(cause));

  test("is in range or nothing, whatever is sent", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((tail) => `Q.850;cause=${tail}`),
          ),
        ),
        (values) => {
          const cause = q850Cause(values);
          return cause === undefined || (cause >= 1 && cause <= 127);
        },
      ),
    );
  });
});

test("a call that was answered elsewhere says so in SIP's words", () => {
  expect(reasonHeader(verdictOf({ kind: "ordered", why: "completed-elsewhere" }))).toBe(
    'SIP;cause=200;text="Call completed elsewhere"',
  );
});

test("every other reason is a cause that can be read back", () => {
  for (const why of ["normal-clearing", "cancelled", "busy", "no-answer", "media-lost"] as const) {
    const reason = verdictOf({ kind: "ordered", why });
    expect(q850Cause([reasonHeader(reason)])).toBe(reason.cause);
  }
});
