import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Headers } from "../message/headers.ts";
import type { SessionTimerInput, SessionTimerState } from "./session-timer.ts";
import {
  agreedSession,
  answerSession,
  askedSession,
  defaultSessionTimers,
  isTooShort,
  sessionTermsOf,
  startSessionTimer,
  stepSessionTimer,
  wantedByRefusal,
} from "./session-timer.ts";

const headers = (fields: Readonly<Record<string, string>>): Headers => Headers.of(Object.entries(fields));

describe("what a message says of its session (RFC 4028 §4)", () => {
  const silent = { seconds: undefined, refresher: undefined, minSeconds: 90, isSupported: false };

  test.each([
    { fields: {}, terms: silent },
    { fields: { "Session-Expires": "1800" }, terms: { ...silent, seconds: 1800 } },
    { fields: { x: "600 ;refresher=UAS" }, terms: { ...silent, seconds: 600, refresher: "uas" } },
    { fields: { "Session-Expires": "600;refresher=me" }, terms: { ...silent, seconds: 600 } },
    { fields: { "Session-Expires": "soon" }, terms: silent },
    { fields: { "Session-Expires": "600;;" }, terms: silent },
    { fields: { "Min-SE": "120", Supported: "path, Timer" }, terms: { ...silent, minSeconds: 120, isSupported: true } },
    { fields: { "Min-SE": "5" }, terms: silent },
  ])("$fields", ({ fields, terms }) => expect(sessionTermsOf(headers(fields))).toEqual(terms));

  test("asking for too little is refused to those that understand it", () => {
    const asks = (fields: Readonly<Record<string, string>>): boolean =>
      isTooShort(sessionTermsOf(headers(fields)), { ...defaultSessionTimers, minSeconds: 300 });
    expect(asks({ Supported: "timer", "Session-Expires": "299" })).toBe(true);
    expect(asks({ Supported: "timer", "Session-Expires": "300" })).toBe(false);
    expect(asks({ Supported: "timer" })).toBe(false);
    expect(asks({ "Session-Expires": "100" })).toBe(false);
  });

  test("a 422 says what is wanted, unless it is out of all reason", () => {
    expect(wantedByRefusal(headers({ "Min-SE": "300" }))).toBe(300);
    expect(wantedByRefusal(headers({ "Min-SE": "86401" }))).toBeUndefined();
    expect(wantedByRefusal(headers({}))).toBeUndefined();
  });
});

describe("the answer to a request with or without a timer (RFC 4028 §9)", () => {
  const timer = { Supported: "timer" };

  test.each([
    { asks: {}, canRefresh: true, says: "1800;refresher=uas", requires: false, isRefresher: true },
    {
      asks: { "Session-Expires": "600" },
      canRefresh: true,
      says: "600;refresher=uas",
      requires: false,
      isRefresher: true,
    },
    { asks: timer, canRefresh: true, says: "1800;refresher=uac", requires: true, isRefresher: false },
    {
      asks: { ...timer, "Session-Expires": "600" },
      canRefresh: false,
      says: "600;refresher=uac",
      requires: true,
      isRefresher: false,
    },
    {
      asks: { ...timer, "Session-Expires": "600;refresher=uac" },
      canRefresh: true,
      says: "600;refresher=uac",
      requires: true,
      isRefresher: false,
    },
    {
      asks: { ...timer, "Session-Expires": "600;refresher=uas" },
      canRefresh: true,
      says: "600;refresher=uas",
      requires: true,
      isRefresher: true,
    },
    {
      asks: { ...timer, "Session-Expires": "7200" },
      canRefresh: true,
      says: "1800;refresher=uac",
      requires: true,
      isRefresher: false,
    },
    {
      asks: { ...timer, "Session-Expires": "7200", "Min-SE": "3600" },
      canRefresh: true,
      says: "3600;refresher=uac",
      requires: true,
      isRefresher: false,
    },
  ])("$asks: $says", ({ asks, canRefresh, says, requires, isRefresher }) => {
    const answered = answerSession(sessionTermsOf(headers(asks)), defaultSessionTimers, {
      refresher: "uac",
      canRefresh,
    });
    expect(answered?.session).toEqual({ seconds: Number.parseInt(says, 10), isRefresher });
    expect(answered?.headers).toEqual([["Session-Expires", says], ...(requires ? [["Require", "timer"]] : [])]);
  });

  test("has none when the peer knows none and we could not refresh", () => {
    const terms = sessionTermsOf(headers({}));
    expect(answerSession(terms, defaultSessionTimers, { refresher: "uac", canRefresh: false })).toBeUndefined();
  });

  test("keeps the refresher that there is", () => {
    const terms = sessionTermsOf(headers({ Supported: "timer", "Session-Expires": "600" }));
    const wish = { refresher: "uas", canRefresh: true } as const;
    expect(answerSession(terms, defaultSessionTimers, wish)?.session.isRefresher).toBe(true);
  });
});

describe("what a 2xx to us agrees to", () => {
  test.each([
    { says: {}, session: undefined },
    { says: { "Session-Expires": "600;refresher=uac" }, session: { seconds: 600, isRefresher: true } },
    { says: { "Session-Expires": "600;refresher=uas" }, session: { seconds: 600, isRefresher: false } },
    { says: { "Session-Expires": "600" }, session: { seconds: 600, isRefresher: true } },
    { says: { "Session-Expires": "1;refresher=uac" }, session: { seconds: 90, isRefresher: true } },
    { says: { "Session-Expires": "9999999999;refresher=uas" }, session: { seconds: 86_400, isRefresher: false } },
  ])("$says", ({ says, session }) => expect(agreedSession(headers(says))).toEqual(session));

  test("answers what we ask for: no less than the least", () => {
    expect(askedSession(1800, 90)).toEqual([["Session-Expires", "1800"]]);
    expect(askedSession(600, 90, "uas")).toEqual([["Session-Expires", "600;refresher=uas"]]);
    expect(askedSession(600, 900)).toEqual([
      ["Session-Expires", "900"],
      ["Min-SE", "900"],
    ]);
  });
});

describe("the timer of a session (RFC 4028 §10)", () => {
  const session = (seconds: number, isRefresher: boolean): SessionTimerInput => ({
    type: "agreed",
    session: { seconds, isRefresher },
  });
  const none: SessionTimerInput = { type: "agreed", session: undefined };
  const failed = (after: number): SessionTimerInput => ({ type: "refresh-failed", retryAfter: ms(after) });
  const timer: SessionTimerInput = { type: "timer" };
  const resting = (isRefresher: boolean): SessionTimerState => ({ at: "resting", endsAt: ms(568_000), isRefresher });
  const refreshing: SessionTimerState = { at: "refreshing", endsAt: ms(568_000) };
  const start = (after: number) => ({ type: "start-timer", after });

  test.each([
    {
      name: "off: agreed, ours",
      from: startSessionTimer,
      input: session(600, true),
      now: 0,
      to: resting(true),
      does: [start(300_000)],
    },
    {
      name: "off: agreed, theirs",
      from: startSessionTimer,
      input: session(600, false),
      now: 0,
      to: resting(false),
      does: [start(568_000)],
    },
    {
      name: "off: agreed, short",
      from: startSessionTimer,
      input: session(90, false),
      now: 10,
      to: { at: "resting", endsAt: 60_010, isRefresher: false },
      does: [start(60_000)],
    },
    {
      name: "off: none",
      from: startSessionTimer,
      input: none,
      now: 0,
      to: { at: "off" },
      does: [{ type: "stop-timer" }],
    },
    { name: "off: timer", from: startSessionTimer, input: timer, now: 0, to: { at: "off" }, does: [] },
    { name: "off: failed", from: startSessionTimer, input: failed(1), now: 0, to: { at: "off" }, does: [] },
    {
      name: "resting, ours: timer",
      from: resting(true),
      input: timer,
      now: 300_000,
      to: refreshing,
      does: [start(268_000), { type: "refresh" }],
    },
    {
      name: "resting, theirs: timer too early",
      from: resting(false),
      input: timer,
      now: 300_000,
      to: resting(false),
      does: [start(268_000)],
    },
    {
      name: "resting, theirs: timer",
      from: resting(false),
      input: timer,
      now: 568_000,
      to: { at: "expired" },
      does: [{ type: "end" }],
    },
    {
      name: "resting, ours: too late",
      from: resting(true),
      input: timer,
      now: 568_000,
      to: { at: "expired" },
      does: [{ type: "end" }],
    },
    {
      name: "resting: agreed anew",
      from: resting(false),
      input: session(600, true),
      now: 1000,
      to: { at: "resting", endsAt: 569_000, isRefresher: true },
      does: [start(300_000)],
    },
    {
      name: "resting: none any more",
      from: resting(true),
      input: none,
      now: 1000,
      to: { at: "off" },
      does: [{ type: "stop-timer" }],
    },
    { name: "resting: failed", from: resting(true), input: failed(5), now: 1000, to: resting(true), does: [] },
    {
      name: "refreshing: failed",
      from: refreshing,
      input: failed(10_000),
      now: 301_000,
      to: resting(true),
      does: [start(10_000)],
    },
    {
      name: "refreshing: failed, little time left",
      from: refreshing,
      input: failed(10_000),
      now: 560_000,
      to: resting(true),
      does: [start(8000)],
    },
    {
      name: "refreshing: agreed",
      from: refreshing,
      input: session(600, true),
      now: 301_000,
      to: { at: "resting", endsAt: 869_000, isRefresher: true },
      does: [start(300_000)],
    },
    {
      name: "refreshing: timer",
      from: refreshing,
      input: timer,
      now: 568_000,
      to: { at: "expired" },
      does: [{ type: "end" }],
    },
    {
      name: "refreshing: timer too early",
      from: refreshing,
      input: timer,
      now: 567_999,
      to: refreshing,
      does: [start(1)],
    },
    {
      name: "expired: agreed",
      from: { at: "expired" },
      input: session(600, true),
      now: 0,
      to: { at: "expired" },
      does: [],
    },
    { name: "expired: timer", from: { at: "expired" }, input: timer, now: 0, to: { at: "expired" }, does: [] },
  ] as const)("$name", ({ from, input, now, to, does }) => {
    expect(stepSessionTimer(from, input, ms(now))).toEqual([to, does]);
  });

  test("always runs while there is one, and never beyond its end, whatever comes", () => {
    const inputs: fc.Arbitrary<SessionTimerInput> = fc.oneof(
      fc
        .record({ seconds: fc.integer({ min: 90, max: 7200 }), isRefresher: fc.boolean() })
        .map((agreed): SessionTimerInput => ({ type: "agreed", session: agreed })),
      fc.constant(none),
      fc.integer({ min: 0, max: 100_000 }).map(failed),
      fc.constant(timer),
    );
    fc.assert(
      fc.property(fc.array(inputs), (all) => {
        let state: SessionTimerState = startSessionTimer;
        let now = 0;
        let due: number | undefined;
        for (const input of all) {
          // A timer comes when it is due; everything else a little before.
          if (input.type === "timer") {
            if (due === undefined) continue;
            now = due;
            due = undefined;
          }
          const [next, actions] = stepSessionTimer(state, input, ms(now));
          state = next;
          for (const action of actions) {
            if (action.type === "start-timer") due = now + action.after;
            if (action.type === "stop-timer") due = undefined;
          }
          if (state.at === "off" || state.at === "expired") expect(due).toBeUndefined();
          else expect(due).toBeLessThanOrEqual(state.endsAt);
        }
      }),
    );
  });
});
