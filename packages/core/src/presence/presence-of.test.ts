import { instant } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import { isQuiet } from "./is-quiet.ts";
import { presenceOf } from "./presence-of.ts";
import type { CallSign, OwnStatus, PresenceFacts, Shown, StatusKind } from "./types.ts";

const now = instant(1_000_000);
const facts = (change: Partial<PresenceFacts> = {}): PresenceFacts => ({
  own: null,
  doNotDisturb: false,
  calls: [],
  isRegistered: true,
  isConnected: true,
  now,
  ...change,
});
const says = (status: StatusKind, until: number | null = null, text = ""): OwnStatus => ({
  status,
  text,
  until: until === null ? null : instant(until),
});

const calls = { none: [], rings: ["ringing"], talks: ["talking"], both: ["ringing", "talking"] } as const;

/** What the user says, whether no phone is to ring, whether it is connected; shown without a call, ringing, talking, both. */
const table: readonly (readonly [StatusKind | null, boolean, boolean, Shown, Shown, Shown, Shown])[] = [
  [null, false, true, "available", "ringing", "talking", "talking"],
  [null, false, false, "offline", "ringing", "talking", "talking"],
  [null, true, true, "do-not-disturb", "ringing", "talking", "talking"],
  [null, true, false, "do-not-disturb", "ringing", "talking", "talking"],
  ["available", false, true, "available", "ringing", "talking", "talking"],
  ["available", false, false, "offline", "ringing", "talking", "talking"],
  ["available", true, true, "do-not-disturb", "ringing", "talking", "talking"],
  ["available", true, false, "do-not-disturb", "ringing", "talking", "talking"],
  ["away", false, true, "away", "ringing", "talking", "talking"],
  ["away", false, false, "away", "ringing", "talking", "talking"],
  ["away", true, true, "do-not-disturb", "ringing", "talking", "talking"],
  ["away", true, false, "do-not-disturb", "ringing", "talking", "talking"],
  ["do-not-disturb", false, true, "do-not-disturb", "ringing", "talking", "talking"],
  ["do-not-disturb", false, false, "do-not-disturb", "ringing", "talking", "talking"],
  ["do-not-disturb", true, true, "do-not-disturb", "ringing", "talking", "talking"],
  ["do-not-disturb", true, false, "do-not-disturb", "ringing", "talking", "talking"],
];

describe.each([true, false])("with a phone registered: %s", (isRegistered) => {
  test.each(table)(
    "says %s, rings not %s, connected %s: %s, %s, %s, %s",
    (status, doNotDisturb, isConnected, ...shown) => {
      const own = status === null ? null : says(status);
      const known = { own, doNotDisturb, isConnected, isRegistered };
      const seen = Object.values(calls).map((some: readonly CallSign[]) =>
        presenceOf(facts({ ...known, calls: some })),
      );
      expect(seen.map((presence) => presence.shown)).toEqual(shown);
      for (const presence of seen) {
        expect(presence).toMatchObject({ isRegistered, isConnected });
        expect(presence.status).toBe(doNotDisturb ? "do-not-disturb" : (status ?? "available"));
        // Who is shown as not to be disturbed is not rung, and the other way round.
        expect(isQuiet(facts(known))).toBe(presence.status === "do-not-disturb");
      }
    },
  );
});

test.each([
  ["has no end", null, { status: "away", text: "at lunch", until: null }],
  ["ends in a millisecond", now + 1, { status: "away", text: "at lunch", until: now + 1 }],
  ["ends now", now, { status: "available", text: "", until: null }],
  ["ended long ago", 1, { status: "available", text: "", until: null }],
])("a status that %s", (_when, until, holds) => {
  const own = says("away", until, "at lunch");
  expect(presenceOf(facts({ own }))).toMatchObject({ shown: holds.status, ...holds });
});

test("what the user says stays to be read while it talks, and while its phones are not to ring", () => {
  const own = says("away", now + 5, "at lunch");
  expect(presenceOf(facts({ own, calls: ["talking"] }))).toMatchObject({
    shown: "talking",
    status: "away",
    until: now + 5,
  });
  expect(presenceOf(facts({ own, doNotDisturb: true }))).toMatchObject({ text: "at lunch", until: null });
});

test.each([
  ["nothing said and nothing wished", null, false, false],
  ["a wish alone", null, true, true],
  ["a word without an end", says("do-not-disturb"), false, true],
  ["a word that ends in a millisecond", says("do-not-disturb", now + 1), false, true],
  ["a word that ends now", says("do-not-disturb", now), false, false],
  ["a word that is over, and a wish", says("do-not-disturb", now), true, true],
  ["being away", says("away"), false, false],
  ["saying available, and a wish", says("available"), true, true],
] as const)("no phone rings with %s: %s", (_what, own, doNotDisturb, quiet) => {
  expect(isQuiet(facts({ own, doNotDisturb }))).toBe(quiet);
});
