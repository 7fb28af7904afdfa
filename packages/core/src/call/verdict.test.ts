import { describe, expect, test } from "vitest";
import type { EndInput } from "./verdict.ts";
import { verdictOf } from "./verdict.ts";

describe("the verdict on a leg", () => {
  const rows: readonly (readonly [string, EndInput, string])[] = [
    ["the caller hangs up", { kind: "bye", side: "caller" }, "normal-clearing caller success 16 200"],
    ["the callee hangs up", { kind: "bye", side: "callee" }, "normal-clearing callee success 16 200"],
    [
      "a carrier ends it with its own cause",
      { kind: "bye", side: "carrier", cause: 38 },
      "normal-clearing carrier carrier 38 200",
    ],
    [
      "a Reason header out of range is not believed",
      { kind: "bye", side: "callee", cause: 900 },
      "normal-clearing callee success 16 200",
    ],
    ["the caller gives up", { kind: "cancel" }, "cancelled caller caller 16 487"],
    ["busy", { kind: "status", side: "callee", status: 486 }, "busy callee callee 17 486"],
    ["busy everywhere", { kind: "status", side: "callee", status: 600 }, "busy callee callee 17 600"],
    ["declined", { kind: "status", side: "callee", status: 603 }, "declined callee callee 21 603"],
    ["not available", { kind: "status", side: "callee", status: 480 }, "no-answer callee callee 19 480"],
    [
      "a phone without our codec",
      { kind: "status", side: "callee", status: 488 },
      "no-common-codec callee callee 88 488",
    ],
    ["an unknown refusal of a phone", { kind: "status", side: "callee", status: 499 }, "declined callee callee 21 499"],
    [
      "a carrier's number unknown",
      { kind: "status", side: "carrier", status: 404 },
      "unknown-number carrier carrier 1 404",
    ],
    [
      "a carrier's own cause wins",
      { kind: "status", side: "carrier", status: 503, cause: 34 },
      "carrier-refused carrier carrier 34 503",
    ],
    ["no answer to the INVITE at all", { kind: "timeout", side: "callee" }, "timed-out callee callee 102 408"],
    ["no way to the carrier", { kind: "transport", side: "carrier" }, "unreachable carrier carrier 27 480"],
    [
      "answered on another device",
      { kind: "ordered", why: "completed-elsewhere" },
      "completed-elsewhere callee success 26 200",
    ],
    ["our own trouble", { kind: "ordered", why: "fault" }, "fault platform platform 41 500"],
  ];
  test.each(rows)("%s", (_name, input, expected) => {
    const { why, party, class: cls, cause, sip } = verdictOf(input);
    expect(`${why} ${party} ${cls} ${cause} ${sip}`).toBe(expected);
  });
});
