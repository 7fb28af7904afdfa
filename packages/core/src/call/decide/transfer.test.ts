import type { CallId, DeviceId, LegId } from "@cordboard/kernel";
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

describe("a blind transfer", () => {
  test("rings the target, lets who transfers go at the first sign, and joins the two who are left", () => {
    scene.control(callee, { type: "transfer", number: "+39 045 555" });
    expect(scene.ordered()).toEqual([
      "leg3 place +39045555",
      "start-timer ring",
      "leg0 unbridge",
      "leg0 play music",
      "control-reply ok",
    ]);
    const [target] = scene.placedSince(scene.legs[2] as LegId);
    scene.rings(target);
    expect(scene.ordered()).toEqual(["leg1 end transferred 200", "leg0 play ringback"]);
    scene.gone(callee);
    scene.answers(target);
    expect(scene.ordered()).toEqual(["stop-timer ring", "leg0 bridge leg3"]);
    expect(callOf(caller)).toMatchObject({ phase: "talking", to: { number: "+39045555" }, round: null });
    scene.hangsUp(target, "callee");
    expect(scene.ordered()).toContain("leg0 end normal-clearing 200");
    scene.gone(caller);
    expect([scene.calls.size, ...scene.rows()]).toEqual([0, "ANSWERED 16"]);
  });

  test("by the phone: it is told when somebody rings", () => {
    scene.fact({ type: "refer-asked", leg: callee, number: "+39045555", replaces: null });
    scene.ordered();
    scene.rings(scene.legs[3]);
    expect(scene.ordered()).toEqual(["leg1 refer-result 200", "leg1 end transferred 200", "leg0 play ringback"]);
  });

  test("of the caller: the target is shown the callee, and becomes the caller's side", () => {
    scene.control(caller, { type: "transfer", number: "+39045555" });
    const place = scene.lastPlaced();
    expect(place).toMatchObject({ side: "caller", shows: { number: "102" }, offerOf: callee });
    scene.answers(place.leg);
    expect(callOf(callee)).toMatchObject({ from: { number: "+39045555" }, to: { number: "102" } });
  });

  test.each([
    ["by command", false],
    ["by the phone", true],
  ])("to a dead target gives the talk back at once, %s", (_how, isPhone) => {
    if (isPhone) scene.fact({ type: "refer-asked", leg: callee, number: "104", replaces: null });
    else scene.control(callee, { type: "transfer", number: "104" });
    expect(scene.ordered()).toEqual(["stop-timer ring", isPhone ? "leg1 refer-result 480" : "control-reply not-now"]);
    expect(callOf(callee)).toMatchObject({ phase: "talking", joined: [caller, callee], round: null });
  });

  test("that is refused before anybody rang gives the talk back", () => {
    scene.fact({ type: "refer-asked", leg: callee, number: "+39045555", replaces: null });
    scene.ordered();
    scene.refuses(scene.legs[3], 486);
    expect(scene.ordered()).toEqual(["stop-timer ring", "leg1 refer-result 486", "leg0 bridge leg1"]);
  });

  describe("that failed, told to a phone", () => {
    beforeEach(() => {
      scene.fact({ type: "refer-asked", leg: callee, number: "104", replaces: null });
      scene.ordered();
    });

    test("which hangs up at once by itself, rings there again", () => {
      scene.hangsUp(callee, "callee");
      expect(scene.ordered()).toEqual([
        "leg3 place dev_102a",
        "leg4 place dev_102b",
        "start-timer ring",
        "leg0 play music",
      ]);
      scene.answers(scene.legs[3]);
      expect(callOf(caller)).toMatchObject({ phase: "talking", joined: [caller, scene.legs[3]] });
    });

    test("which hangs up later, ends: somebody has meant that", () => {
      scene.now += 1_001;
      scene.hangsUp(callee, "callee");
      expect(scene.ordered().at(-1)).toBe("leg0 end normal-clearing 200");
    });

    test("whose other side hangs up, ends as well", () => {
      scene.hangsUp(caller, "caller");
      expect(scene.ordered().at(-1)).toBe("leg1 end normal-clearing 200");
    });
  });

  test("that nobody answers rings who transferred again, and at last the caller hears a tone", () => {
    scene.control(callee, { type: "transfer", number: "+39045555" });
    scene.rings(scene.legs[3]);
    scene.gone(callee);
    scene.ordered();
    scene.take({ type: "timer", call: callOf(caller)?.id ?? ("" as CallId), timer: "ring" });
    expect(scene.ordered()).toEqual([
      "leg3 end cancelled 487",
      "stop-timer ring",
      "leg4 place dev_102a",
      "leg5 place dev_102b",
      "start-timer ring",
      "leg0 play music",
    ]);
    scene.gone(scene.legs[3], "cancelled");
    scene.rings(scene.legs[4]);
    scene.take({ type: "timer", call: callOf(caller)?.id ?? ("" as CallId), timer: "ring" });
    expect(scene.ordered()).toEqual([
      "leg0 play ringback",
      "leg4 end cancelled 487",
      "leg5 end cancelled 487",
      "stop-timer ring",
      "stop-timer ring",
      "start-timer tone",
      "leg0 play congestion",
    ]);
  });

  test("goes on when who transferred hangs up before anybody rang", () => {
    scene.control(callee, { type: "transfer", number: "+39045555" });
    scene.hangsUp(callee, "callee");
    scene.ordered();
    scene.answers(scene.legs[3]);
    expect(scene.ordered()).toEqual(["stop-timer ring", "leg0 bridge leg3"]);
  });

  test("ends everywhere when who waits hangs up", () => {
    scene.control(callee, { type: "transfer", number: "+39045555" });
    scene.ordered();
    scene.hangsUp(caller, "caller");
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "stop-timer first-sign",
      "leg1 end normal-clearing 200",
      "leg3 end cancelled 487",
    ]);
    scene.gone(callee);
    scene.gone(scene.legs[3], "cancelled");
    expect(scene.calls.size).toBe(0);
  });

  test("to a number that the server answers itself leaves the caller with the server", () => {
    scene.control(callee, { type: "transfer", number: "9000" });
    expect(scene.ordered()).toEqual([
      "leg1 end transferred 200",
      "leg0 unbridge",
      "leg0 play echo",
      "control-reply ok",
    ]);
  });

  test("asked twice is refused the second time: there is nobody left to send on", () => {
    scene.control(callee, { type: "transfer", number: "+39045555" });
    scene.ordered();
    scene.control(callee, { type: "transfer", number: "+39045555" });
    expect(scene.ordered()).toEqual(["control-reply ok"]);
    scene.control(callee, { type: "transfer", number: "102" });
    expect(scene.ordered()).toEqual(["control-reply not-now"]);
  });
});

describe("an attended transfer", () => {
  /** 101 calls a number outside as well, and talks there: `asking` and `asked`. */
  let asking: LegId;
  let asked: LegId;
  beforeEach(() => {
    [asking, asked] = talk(scene, "+39045555");
  });

  test.each([
    ["by command", false],
    ["by REFER with Replaces", true],
  ])("joins the two others, %s; who transfers leaves both calls", (_how, isPhone) => {
    if (isPhone) scene.fact({ type: "refer-asked", leg: caller, number: "+39045555", replaces: asking });
    else scene.control(caller, { type: "join", other: asking });
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "stop-timer first-sign",
      "leg3 end transferred 200",
      ...(isPhone ? ["leg0 refer-result 200"] : []),
      "leg0 end transferred 200",
      "leg1 bridge leg4",
      ...(isPhone ? [] : ["control-reply ok"]),
    ]);
    expect(callOf(asked)).toBe(callOf(callee));
    scene.gone(asking);
    expect(scene.calls.size).toBe(1);
    scene.gone(caller);
    expect(callOf(callee)).toMatchObject({ phase: "talking", joined: [callee, asked], from: { number: "+39045555" } });
    scene.hangsUp(asked, "callee");
    expect(scene.ordered()).toContain("leg1 end normal-clearing 200");
    scene.gone(callee);
    expect(scene.calls.size).toBe(0);
    expect(scene.rows()).toEqual(["ANSWERED 16", "ANSWERED 16"]);
  });

  test("of a call that is held is no different", () => {
    scene.fact({ type: "held", leg: caller });
    scene.ordered();
    scene.control(caller, { type: "join", other: asking });
    expect(scene.ordered()).toContain("leg1 bridge leg4");
    expect(callOf(callee)?.legs.find(({ id }) => id === callee)?.hears).toBe(null);
  });

  test.each([
    ["one call with itself", () => caller, "not-now"],
    ["a call of somebody else", () => callee, "not-now"],
    ["nothing", () => "leg_none" as LegId, "unknown-leg"],
  ])("with %s is refused", (_name, other, code) => {
    scene.control(caller, { type: "join", other: other() });
    expect(scene.ordered()).toEqual([`control-reply ${code}`]);
  });
});

describe("a hand-over", () => {
  test("rings the other device while the talk goes on, and moves the talk when that answers", () => {
    scene.control(callee, { type: "hand-over", device: "dev_102b" as DeviceId });
    expect(scene.ordered()).toEqual(["leg3 place dev_102b", "start-timer ring", "control-reply ok"]);
    scene.rings(scene.legs[3]);
    expect(scene.ordered()).toEqual([]);
    scene.answers(scene.legs[3]);
    expect(scene.ordered()).toEqual(["stop-timer ring", "leg1 end replaced 200", "leg0 bridge leg3"]);
    scene.gone(callee);
    expect(callOf(caller)).toMatchObject({ phase: "talking", joined: [caller, scene.legs[3]] });
  });

  test.each([
    ["is refused", () => scene.refuses(scene.legs[3], 486)],
    ["is not answered", () => scene.take({ type: "timer", call: callOf(caller)?.id ?? ("" as CallId), timer: "ring" })],
  ])("that %s changes nothing", (_what, fails) => {
    scene.control(callee, { type: "hand-over", device: "dev_102b" as DeviceId });
    fails();
    expect(callOf(caller)).toMatchObject({ phase: "talking", joined: [caller, callee], round: null });
    scene.ordered();
    scene.hangsUp(caller, "caller");
    expect(scene.ordered()).toContain("leg1 end normal-clearing 200");
  });

  test("asked twice rings once", () => {
    for (let i = 0; i < 2; i++) scene.control(callee, { type: "hand-over", device: "dev_102b" as DeviceId });
    expect(scene.ordered().filter((words) => words.includes("place"))).toEqual(["leg3 place dev_102b"]);
  });
});
