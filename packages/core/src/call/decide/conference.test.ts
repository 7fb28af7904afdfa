import type { LegId } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { anyKey, CallScene } from "../../../test/call-scene.ts";
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

describe("a conference", () => {
  let asking: LegId;
  let asked: LegId;
  beforeEach(() => {
    [asking, asked] = talk(scene, "+39045555");
  });

  test("of two calls: all three hear one another in a room, and two talk on when one leaves", () => {
    scene.control(caller, { type: "conference", other: asking });
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "stop-timer first-sign",
      "leg3 end replaced 200",
      "leg0 mix call all",
      "leg1 mix call all",
      "leg4 mix call all",
      "control-reply ok",
    ]);
    scene.gone(asking);
    scene.hangsUp(caller, "caller");
    expect(scene.ordered()).toContain("leg1 bridge leg4");
    scene.hangsUp(asked, "callee");
    expect(scene.ordered()).toContain("leg1 end normal-clearing 200");
  });

  test("by invitation: whoever answers joins; whoever does not changes nothing", () => {
    scene.control(caller, { type: "invite", number: "103" });
    expect(scene.ordered()).toEqual(["control-reply not-now"]);
    scene.control(caller, { type: "invite", number: "+39045557" });
    const { leg } = scene.lastPlaced();
    scene.answers(leg);
    expect(callOf(caller)?.joined).toEqual([caller, callee, leg]);
  });

  test("is not heard by who holds it, until that is over", () => {
    scene.control(caller, { type: "conference", other: asking });
    scene.ordered();
    scene.control(caller, { type: "hold" });
    expect(scene.ordered()).toEqual(["leg0 mix call nobody", "leg0 play silence", "control-reply ok"]);
    scene.control(caller, { type: "resume" });
    expect(scene.ordered()).toEqual(["leg0 mix call all", "leg0 stop", "control-reply ok"]);
  });

  test("has a limit: nobody is invited beyond it, and no two talks become one beyond it", () => {
    for (let talkers = 2; talkers < 16; talkers++) {
      const before = scene.legs.length;
      scene.control(caller, { type: "invite", number: "102" });
      const [winner, other] = scene.legs.slice(before);
      scene.answers(winner);
      scene.gone(other, "completed-elsewhere");
    }
    expect(callOf(caller)?.joined).toHaveLength(16);
    scene.ordered();
    scene.control(caller, { type: "invite", number: "102" });
    scene.control(caller, { type: "conference", other: asking });
    expect(scene.ordered()).toEqual(["control-reply not-now", "control-reply not-now"]);
  });

  test("room: everybody who dials it meets there", () => {
    scene.ordered();
    for (const leg of [scene.phoneCalls("9002"), scene.phoneCalls("9002")]) {
      scene.bookKeeps();
      scene.answers(leg);
    }
    expect(scene.ordered().filter((words) => words.includes("mix"))).toEqual([
      "leg5 mix ten_demo 9002 all",
      "leg6 mix ten_demo 9002 all",
    ]);
  });

  test("hang-up of one of three by command leaves the others", () => {
    scene.control(caller, { type: "conference", other: asking });
    scene.ordered();
    scene.control(callee, { type: "hang-up" });
    expect(scene.ordered()).toEqual(["leg1 end normal-clearing 200", "control-reply ok"]);
  });
});

describe("a supervisor", () => {
  const listens = (as: "listen" | "whisper" | "barge"): void => {
    scene.control(callee, { type: "supervise", extension: "101", as });
  };

  test.each([
    ["listen", "leg3 mix call nobody"],
    ["whisper", "leg3 mix call leg1"],
    ["barge", "leg3 mix call all"],
  ] as const)("who is to %s is rung and then takes part", (as, order) => {
    [caller, callee] = (() => {
      scene = new CallScene();
      scene.place("103", "102");
      scene.bookKeeps();
      scene.answers(scene.legs[0]);
      scene.answers(scene.legs[1]);
      scene.gone(scene.legs[2], "completed-elsewhere");
      scene.ordered();
      return [scene.legs[0] as LegId, scene.legs[1] as LegId];
    })();
    listens(as);
    expect(scene.lastPlaced().target).toEqual({ kind: "device", device: "dev_101a" });
    scene.answers(scene.legs[3]);
    expect(scene.ordered()).toContain(order);
    scene.hangsUp(caller, "caller");
    if (as === "barge") expect(scene.ordered()).toContain("leg1 bridge leg3");
    else
      expect(scene.ordered()).toEqual(
        expect.arrayContaining(["leg1 end normal-clearing 200", "leg3 end normal-clearing 200"]),
      );
  });

  test("needs the right to", () => {
    scene.control(
      callee,
      { type: "supervise", extension: "101", as: "listen" },
      { ...anyKey, kind: "user", roles: ["user"] },
    );
    expect(scene.ordered()).toEqual(["control-reply unknown-leg"]);
  });
});
