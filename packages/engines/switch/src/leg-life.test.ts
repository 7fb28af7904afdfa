import type { EndReason } from "@cordboard/core";
import { verdictOf } from "@cordboard/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LegInput, LegLife, LegStep } from "./leg-life.ts";
import { incomingLife, placedLife, stepLeg } from "./leg-life.ts";

const busy: EndReason = verdictOf({ kind: "ordered", why: "busy" });
const normal: EndReason = verdictOf({ kind: "ordered", why: "normal-clearing" });

/** Feeds inputs one after the other and gives every step taken. */
function live(
  start: LegLife,
  inputs: readonly LegInput[],
): { readonly life: LegLife; readonly steps: readonly LegStep[] } {
  const steps: LegStep[] = [];
  let life = start;
  for (const input of inputs) {
    const [next, taken] = stepLeg(life, input);
    life = next;
    steps.push(...taken);
  }
  return { life, steps };
}

describe("a leg", () => {
  test.each<{ name: string; start: LegLife; inputs: LegInput[]; steps: LegStep[] }>([
    {
      name: "answered and hung up by us says goodbye, closes its sound and reports",
      start: incomingLife,
      inputs: [
        { type: "sound-opened" },
        { type: "answered" },
        { type: "end", reason: normal },
        { type: "sound-closed" },
        { type: "wire-closed" },
      ],
      steps: ["hang-up", "close-sound", "report"],
    },
    {
      name: "cancelled by its caller only closes its sound",
      start: incomingLife,
      inputs: [{ type: "sound-opened" }, { type: "over", reason: busy }, { type: "sound-closed" }],
      steps: ["close-sound", "report"],
    },
    {
      name: "ended before its ports were open waits for them to give them back",
      start: placedLife,
      inputs: [{ type: "end", reason: busy }, { type: "sound-opened" }, { type: "sound-closed" }],
      steps: ["close-sound", "report"],
    },
    {
      name: "without ports is refused",
      start: incomingLife,
      inputs: [{ type: "end", reason: busy }, { type: "sound-closed" }, { type: "wire-closed" }],
      steps: ["give-up", "report"],
    },
    {
      name: "whose peer never answers the BYE is torn down",
      start: placedLife,
      inputs: [
        { type: "sound-opened" },
        { type: "called" },
        { type: "answered" },
        { type: "end", reason: busy },
        { type: "torn-down", reason: normal },
        { type: "sound-closed" },
      ],
      steps: ["hang-up", "close-sound", "report"],
    },
  ])("$name", ({ start, inputs, steps }) => expect(live(start, inputs).steps).toEqual(steps));

  test("keeps the first reason", () => {
    expect(
      live(incomingLife, [
        { type: "end", reason: busy },
        { type: "over", reason: normal },
      ]).life.reason,
    ).toBe(busy);
  });
});

test("however things come, a leg is reported once, last, and only when both wire and sound are closed", () => {
  const input = fc.constantFrom<LegInput>(
    { type: "sound-opened" },
    { type: "sound-closed" },
    { type: "called" },
    { type: "answered" },
    { type: "end", reason: busy },
    { type: "over", reason: normal },
    { type: "wire-closed" },
    { type: "torn-down", reason: normal },
  );
  fc.assert(
    fc.property(fc.constantFrom(incomingLife, placedLife), fc.array(input, { maxLength: 30 }), (start, inputs) => {
      let life = start;
      let isOver = false;
      const all: LegStep[] = [];
      for (const each of inputs) {
        const [next, steps] = stepLeg(life, each);
        life = next;
        expect(isOver ? steps : []).toEqual([]);
        all.push(...steps);
        if (steps.includes("report")) {
          expect([life.wire, life.sound]).toEqual(["closed", "closed"]);
          expect(steps.at(-1)).toBe("report");
          isOver = true;
        }
      }
      for (const step of ["give-up", "hang-up", "close-sound", "report"] as const) {
        expect(all.filter((each) => each === step).length).toBeLessThanOrEqual(1);
      }
      expect(all.includes("give-up") && all.includes("hang-up")).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test("every leg that is ended ends, once its ports and its peer have answered", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(incomingLife, placedLife),
      fc.subarray<LegInput>([{ type: "sound-opened" }, { type: "called" }, { type: "answered" }]),
      (start, before) => {
        const { life } = live(start, [
          ...before,
          { type: "end", reason: busy },
          { type: "sound-opened" },
          { type: "sound-closed" },
          { type: "wire-closed" },
        ]);
        expect(life.isReported).toBe(true);
      },
    ),
  );
});
