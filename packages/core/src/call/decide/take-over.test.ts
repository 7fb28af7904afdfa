import type { LegId } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";
import { talk } from "../../../test/talk.ts";

let scene: CallScene;
let caller: LegId;
let callee: LegId;
beforeEach(() => {
  scene = new CallScene();
  [caller, callee] = talk(scene, "102");
});

const callOf = (leg: LegId) => scene.world.callOfLeg(leg);

describe("a call that asks for another's place", () => {
  test("of the same user has it: the talk goes on there", () => {
    const taker = scene.phoneCalls("102", caller);
    expect(scene.ordered()).toEqual(["leg3 answer like leg1", "leg0 end replaced 200", "leg1 bridge leg3"]);
    expect(callOf(taker)).toBe(callOf(callee));
  });

  test("of somebody else who talks is refused, and the talk goes on", () => {
    const taker = scene.phoneCalls("101", callee);
    scene.bookKeeps();
    expect(scene.ordered()).toEqual(expect.arrayContaining(["leg3 end not-permitted 403"]));
    scene.gone(taker);
    expect(callOf(caller)).toMatchObject({ phase: "talking", joined: [caller, callee] });
  });

  test("of whom a talk rings besides, to hear it or to go on there, is refused", () => {
    scene.control(callee, { type: "hand-over", device: "dev_102b" as never });
    const rung = scene.legs[3];
    scene.rings(rung);
    scene.ordered();
    scene.phoneCalls("102", rung);
    scene.bookKeeps();
    expect(scene.ordered()).toContain("leg4 end not-permitted 403");
    expect(callOf(caller)).toMatchObject({ phase: "talking", joined: [caller, callee] });
  });
});
