import { plainReach } from "@cordboard/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changedReach, reachOf } from "./reach.ts";

const user = { mobile: null, reach: plainReach };

describe("reach from its column", () => {
  test("an empty one is as for everybody", () => expect(reachOf({})).toEqual(plainReach));

  test("what was written is read", () => {
    const reach = {
      doNotDisturb: true,
      callWaiting: false,
      forward: {
        always: { kind: "number", number: "+39333" },
        busy: { kind: "voicemail" },
        noAnswer: null,
        notRegistered: { kind: "number", number: "102" },
      },
      ringSeconds: 20,
      mobileAfterSeconds: 0,
    };
    expect(reachOf(JSON.parse(JSON.stringify(reach)))).toEqual(reach);
  });

  test("one broken field is as for everybody, and the others are kept", () => {
    const forward = { always: { kind: "number", number: "abc" }, busy: { kind: "voicemail" }, noAnswer: "102" };
    expect(
      reachOf({ doNotDisturb: "yes", ringSeconds: 4, mobileAfterSeconds: 61, callWaiting: false, forward }),
    ).toEqual({
      ...plainReach,
      callWaiting: false,
      forward: { ...plainReach.forward, busy: { kind: "voicemail" } },
    });
  });

  test("anything at all gives preferences that a change takes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const reach = reachOf(value);
        expect(changedReach({ mobile: null, reach }, {})).toEqual({ ok: true, value: { mobile: null, reach } });
        expect(reachOf(reach)).toEqual(reach);
      }),
    );
  });
});

describe("a change", () => {
  test("touches only what it names, and keeps numbers as they are dialled", () => {
    const change = { forward: { busy: { kind: "number", number: "+39 (333) 12-34" } }, mobile: "0039 333" } as const;
    expect(changedReach(user, change)).toEqual({
      ok: true,
      value: {
        mobile: "0039333",
        reach: { ...plainReach, forward: { ...plainReach.forward, busy: { kind: "number", number: "+393331234" } } },
      },
    });
  });

  test.each([
    { change: { mobile: "my phone" }, error: { code: "invalid-number", number: "my phone" } },
    {
      change: { forward: { always: { kind: "number", number: "" } } } as const,
      error: { code: "invalid-number", number: "" },
    },
    { change: { ringSeconds: 4 }, error: { code: "out-of-range", least: 5, most: 120 } },
    { change: { ringSeconds: 121 }, error: { code: "out-of-range", least: 5, most: 120 } },
    { change: { ringSeconds: 20.5 }, error: { code: "out-of-range" } },
    { change: { mobileAfterSeconds: -1 }, error: { code: "out-of-range", least: 0, most: 60 } },
    { change: { mobileAfterSeconds: 61 }, error: { code: "out-of-range", least: 0, most: 60 } },
  ])("$change is refused", ({ change, error }) => {
    expect(changedReach(user, change)).toMatchObject({ ok: false, error });
  });

  test("null takes a mobile and a forwarding away", () => {
    const reach = { ...plainReach, forward: { ...plainReach.forward, always: { kind: "voicemail" } as const } };
    const change = { mobile: null, forward: { always: null } };
    expect(changedReach({ mobile: "+39", reach }, change)).toEqual({ ok: true, value: user });
  });
});
