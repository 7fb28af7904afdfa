import type { CallId, LegId } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";
import { talk } from "../../../test/talk.ts";

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

describe("parking", () => {
  test("lets the other side wait with music at the first free place; whoever dials that talks with them", () => {
    scene.control(callee, { type: "park", number: null });
    expect(scene.ordered()).toEqual([
      "start-timer park",
      "leg1 end parked 200",
      "leg0 unbridge",
      "leg0 play music",
      "control-reply ok",
    ]);
    scene.gone(callee);
    expect(scene.state.calls).toMatchObject({ [callOf(caller)?.id ?? ""]: { parkedAt: "9011" } });
    const taker = scene.phoneCalls("9011");
    expect(scene.ordered()).toEqual(["stop-timer park", "leg3 answer like leg0", "leg0 bridge leg3"]);
    scene.answers(taker);
    expect(callOf(taker)).toMatchObject({ phase: "talking", parked: null, joined: [caller, taker] });
    expect(scene.calls.size).toBe(1);
    expect(told()).toContain("call.retrieved.v1");
  });

  test("by a transfer to the place", () => {
    scene.fact({ type: "refer-asked", leg: callee, number: "9012", replaces: null });
    expect(callOf(caller)?.parked?.number).toBe("9012");
    expect(scene.ordered()).toContain("leg1 refer-result 200");
  });

  test("takes the next place while one is taken, and none when all are", () => {
    const [first, outside] = talk(scene, "+39045555");
    const [second] = talk(scene, "+39045556");
    for (const leg of [callee, first, second]) scene.control(leg, { type: "park", number: null });
    expect([caller, outside, second].map((leg) => callOf(leg)?.parked?.number)).toEqual(["9011", "9012", undefined]);
    expect(scene.ordered().at(-1)).toBe("control-reply not-now");
  });

  test("that nobody ends rings who parked", () => {
    scene.control(callee, { type: "park", number: "9012" });
    scene.gone(callee);
    scene.ordered();
    scene.take({ type: "timer", call: callOf(caller)?.id ?? ("" as CallId), timer: "park" });
    expect(scene.ordered()).toEqual(["leg3 place dev_102a", "leg4 place dev_102b", "start-timer ring"]);
    scene.answers(scene.legs[3]);
    expect(callOf(caller)).toMatchObject({ phase: "talking", parked: null, joined: [caller, scene.legs[3]] });
  });

  test("is over when who waits hangs up", () => {
    scene.control(callee, { type: "park", number: null });
    scene.gone(callee);
    scene.hangsUp(caller, "caller");
    expect(scene.calls.size).toBe(0);
  });

  test("an empty place is no destination", () => {
    scene.ordered();
    scene.phoneCalls("9012");
    scene.bookKeeps();
    expect(scene.ordered()).toContain("leg3 end unknown-number 404");
  });

  test("a command from a device fetches the parked call", () => {
    scene.control(callee, { type: "park", number: "9011" });
    scene.gone(callee);
    scene.ordered();
    scene.place("102", "9011");
    scene.bookKeeps();
    scene.answers(scene.legs[3]);
    expect(callOf(caller)).toMatchObject({ joined: [caller, scene.legs[3]], parked: null });
  });
});

describe("a ringing call", () => {
  let ringing: LegId;
  beforeEach(() => {
    scene = new CallScene();
    caller = scene.phoneCalls("102");
    scene.bookKeeps();
    ringing = scene.legs[1] as LegId;
    scene.rings(ringing);
    scene.ordered();
  });

  test("is picked up by dialling for it", () => {
    const taker = scene.phoneCalls("*8102");
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "leg1 end completed-elsewhere 200",
      "leg2 end completed-elsewhere 200",
      "leg3 answer like nobody",
      "leg0 answer like leg3",
      "answer-row",
      "leg0 bridge leg3",
    ]);
    expect(callOf(taker)).toBe(callOf(caller));
  });

  test("is picked up by an INVITE that replaces the ringing leg", () => {
    scene.phoneCalls("102", ringing);
    expect(scene.ordered()).toContain("leg0 bridge leg3");
    expect(scene.calls.size).toBe(1);
  });

  test("is picked up by command: the colleague's device answers by itself", () => {
    scene.control(ringing, { type: "pick-up", extension: "101", device: null });
    expect(scene.lastPlaced()).toMatchObject({ isAutoAnswered: true, target: { device: "dev_101a" } });
    scene.answers(scene.legs[3]);
    expect(callOf(caller)).toMatchObject({ joined: [caller, scene.legs[3]] });
  });

  test("of nobody cannot be picked up", () => {
    scene.phoneCalls("*8104");
    scene.bookKeeps();
    expect(scene.ordered()).toContain("leg3 end unknown-number 404");
  });

  test("is answered from outside where the phone takes it", () => {
    scene.control(ringing, { type: "answer" });
    expect(scene.ordered()).toEqual(["leg1 talk"]);
    scene.answers(ringing);
    expect(scene.ordered()).toContain("control-reply ok");
  });

  test("is not answered from outside where the phone does not take it", () => {
    scene.control(ringing, { type: "answer" });
    const order = scene.lastOrder();
    scene.fact({ type: "failed", leg: ringing, action: order.id, why: "the phone does not know the event" });
    expect(scene.ordered()).toEqual(["leg1 talk", "control-reply not-supported"]);
  });
});
