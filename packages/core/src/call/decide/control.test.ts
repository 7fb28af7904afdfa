import type { DeviceId, LegId } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { anyKey, CallScene } from "../../../test/call-scene.ts";
import { talk } from "../../../test/talk.ts";
import type { ControlOrder } from "../control.ts";

/** 101's phone has called 102, whose first device answered: `caller` and `callee` talk. */
let scene: CallScene;
let caller: LegId;
let callee: LegId;
beforeEach(() => {
  scene = new CallScene();
  [caller, callee] = talk(scene, "102");
});

const callOf = (leg: LegId) => scene.world.callOfLeg(leg);
const told = (): readonly string[] => scene.names.slice(-4);

describe("hold", () => {
  test("by the phone: the other side hears music until the phone takes it back", () => {
    scene.fact({ type: "held", leg: caller });
    expect(scene.ordered()).toEqual(["leg1 play music"]);
    scene.fact({ type: "resumed", leg: caller });
    expect(scene.ordered()).toEqual(["leg1 stop"]);
    expect(told()).toEqual(expect.arrayContaining(["leg.held.v1", "leg.resumed.v1"]));
  });

  test("by command: who holds hears nothing, the other side music; twice is once", () => {
    scene.control(callee, { type: "hold" });
    expect(scene.ordered()).toEqual(["leg0 play music", "leg1 play silence", "control-reply ok"]);
    scene.control(callee, { type: "hold" });
    expect(scene.ordered()).toEqual(["control-reply ok"]);
    scene.control(callee, { type: "resume" });
    expect(scene.ordered()).toEqual(["leg0 stop", "leg1 stop", "control-reply ok"]);
  });

  test("by both: each hears music until both have taken it back", () => {
    scene.fact({ type: "held", leg: caller });
    scene.fact({ type: "held", leg: callee });
    expect(scene.ordered()).toEqual(["leg1 play music", "leg0 play music"]);
    scene.fact({ type: "resumed", leg: caller });
    expect(scene.ordered()).toEqual(["leg1 stop"]);
  });

  test("what a phone holds, no command takes back", () => {
    scene.fact({ type: "held", leg: caller });
    scene.ordered();
    scene.control(caller, { type: "resume" });
    expect(scene.ordered()).toEqual(["control-reply not-now"]);
  });

  test("a held side may hang up", () => {
    scene.fact({ type: "held", leg: caller });
    scene.ordered();
    scene.hangsUp(callee, "callee");
    expect(scene.ordered()).toEqual(["stop-timer ring", "stop-timer first-sign", "leg0 end normal-clearing 200"]);
  });
});

test("a muted leg is not heard, and hears", () => {
  scene.control(callee, { type: "mute", isMuted: true });
  expect(scene.ordered()).toEqual(["leg0 play silence", "control-reply ok"]);
  scene.control(callee, { type: "mute", isMuted: false });
  expect(scene.ordered()).toEqual(["leg0 stop", "control-reply ok"]);
});

test("digits are sent to the other side", () => {
  scene.control(callee, { type: "send-digits", digits: "12#" });
  expect(scene.ordered()).toEqual(["leg0 send-digits 12#", "control-reply ok"]);
});

describe("a command is refused, and nothing changes,", () => {
  const stranger = { ...anyKey, roles: [], limits: { ...anyKey.limits, extensions: ["104"] } };
  test.each<readonly [string, ControlOrder, string]>([
    [
      "to hand over to a device of somebody else",
      { type: "hand-over", device: "dev_101a" as DeviceId },
      "unknown-device",
    ],
    ["to press what is no digit", { type: "send-digits", digits: "1x" }, "invalid-digits"],
    ["to press nothing", { type: "send-digits", digits: "" }, "invalid-digits"],
    ["to press too many digits", { type: "send-digits", digits: "1".repeat(65) }, "invalid-digits"],
    ["to transfer to what is no number", { type: "transfer", number: "ann" }, "invalid-number"],
    ["to transfer to nowhere", { type: "transfer", number: "777" }, "invalid-number"],
  ])("%s", (_name, order, code) => {
    const before = callOf(callee);
    scene.control(callee, order);
    expect(scene.ordered()).toEqual([`control-reply ${code}`]);
    expect(callOf(callee)).toEqual(before);
  });

  test.each(["hold", "resume", "hang-up"] as const)("to %s a call that is not one's own", (type) => {
    scene.control(callee, { type }, stranger);
    expect(scene.ordered()).toEqual(["control-reply unknown-leg"]);
  });

  test("about a leg that has ended", () => {
    scene.hangsUp(callee, "callee");
    scene.ordered();
    scene.control(callee, { type: "hold" });
    expect(scene.ordered()).toEqual(["control-reply unknown-leg"]);
  });
});
