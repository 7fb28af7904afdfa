import type { LegId } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";
import { talk } from "../../../test/talk.ts";
import type { PathTrouble } from "../../media/index.ts";
import type { SilenceLimits } from "../types.ts";

/** 101's phone has called 102, whose first device answered: `caller` and `callee` talk. */
let scene: CallScene;
let caller: LegId;
let callee: LegId;
const newTalk = (silence: Partial<SilenceLimits> = {}): void => {
  scene = new CallScene();
  scene.silence = { ...scene.silence, ...silence };
  [caller, callee] = talk(scene, "102");
};
beforeEach(() => newTalk());

const silent = (leg: LegId): void => scene.fact({ type: "media-silent", leg, since: seconds(10) });
const heard = (leg: LegId): void => scene.fact({ type: "media-heard", leg });
const due = (): void =>
  scene.take({ type: "timer", call: scene.world.callOfLeg(caller)?.id ?? ("" as never), timer: "silence" });
const toldSounds = (): readonly string[] =>
  scene.events.flatMap((each) => (each.event === "leg.silent.v1" ? [each.data.sound] : []));

describe("a talk whose sound goes", () => {
  test("one way is told, and ends the talk at once for both after its time", () => {
    silent(callee);
    expect(scene.ordered()).toEqual(["start-timer silence"]);
    expect(toldSounds()).toEqual(["one-way"]);
    expect(scene.state.calls).toMatchObject({
      [scene.world.callOfLeg(caller)?.id ?? ""]: {
        legs: [{ isSilent: false }, { isSilent: true }, { isSilent: false }],
      },
    });
    due();
    expect(scene.ordered().filter((order) => order.includes("end"))).toEqual([
      "leg1 end no-sound 480",
      "leg0 end no-sound 480",
    ]);
  });

  test("both ways is dead, and ends it sooner", () => {
    silent(callee);
    silent(caller);
    expect(toldSounds()).toEqual(["one-way", "dead"]);
    expect(
      scene.actions.flatMap((each) => (each.type === "start-timer" && each.timer === "silence" ? [each.after] : [])),
    ).toEqual([300_000, 60_000]);
    scene.ordered();
    due();
    expect(scene.ordered()).toEqual(expect.arrayContaining(["leg0 end no-sound 480", "leg1 end no-sound 480"]));
    scene.gone(caller);
    scene.gone(callee);
    expect(scene.rows()).toEqual(["ANSWERED 41"]);
  });

  test("and comes again goes on, and the history says how long it was away", () => {
    silent(callee);
    const { now } = scene;
    scene.now += 5_000;
    heard(callee);
    expect(scene.ordered()).toEqual(["start-timer silence", "stop-timer silence"]);
    expect(scene.names.slice(-2)).toEqual(["leg.silent.v1", "leg.heard.v1"]);
    expect(scene.world.callOfLeg(callee)?.legs.find(({ id }) => id === callee)).toMatchObject({
      silentSince: null,
      silentFor: 10_000 + scene.now - now,
    });
  });

  test("is told, and never ended, where no time is set", () => {
    newTalk({ deadAfter: null, oneWayAfter: null });
    silent(callee);
    silent(caller);
    expect(scene.ordered()).toEqual([]);
    expect(toldSounds()).toEqual(["one-way", "dead"]);
  });
});

describe("a silence is nothing wrong", () => {
  test("while somebody holds, and counts from when that ends", () => {
    scene.fact({ type: "held", leg: caller });
    scene.ordered();
    silent(caller);
    silent(callee);
    expect([scene.ordered(), toldSounds()]).toEqual([[], ["fine", "fine"]]);
    scene.fact({ type: "resumed", leg: caller });
    expect(scene.ordered()).toContain("start-timer silence");
    scene.fact({ type: "held", leg: callee });
    expect(scene.ordered()).toContain("stop-timer silence");
  });

  test("while a call is parked", () => {
    scene.control(callee, { type: "park", number: null });
    scene.gone(callee);
    scene.ordered();
    silent(caller);
    expect(scene.ordered()).toEqual([]);
  });

  test("before the answer; what is silent then is so from the answer on", () => {
    scene = new CallScene();
    const ringing = scene.phoneCalls("102");
    scene.bookKeeps();
    scene.rings(scene.legs[1]);
    scene.ordered();
    scene.fact({ type: "media-silent", leg: scene.legs[1] ?? ringing, since: ms(10_000) });
    expect(toldSounds()).toEqual([]);
    expect(scene.ordered()).toEqual([]);
    scene.answers(scene.legs[1]);
    expect(scene.ordered()).toContain("start-timer silence");
  });
});

describe("a leg that no sound gets through to", () => {
  const cutOff = (leg: LegId, trouble: PathTrouble = "no-path"): void =>
    scene.fact({ type: "media-cut-off", leg, trouble });
  const ends = (): readonly string[] => scene.ordered().filter((order) => order.includes("end"));

  test.each([
    { trouble: "no-path", cause: 3 },
    { trouble: "no-keys", cause: 41 },
    { trouble: "path-lost", cause: 27 },
  ] as const)("ends its talk at once for both: $trouble", ({ trouble, cause }) => {
    scene.ordered();
    cutOff(callee, trouble);
    expect(ends()).toEqual([`leg1 end ${trouble} 480`, `leg0 end ${trouble} 480`]);
    const { legs } = scene.world.callOfLeg(caller) ?? { legs: [] };
    expect(legs.map((leg) => leg.trouble)).toEqual([null, trouble, null]);
    scene.gone(caller);
    scene.gone(callee);
    expect(scene.rows()).toEqual([`ANSWERED ${cause}`]);
  });

  test("is given up while it holds, too", () => {
    scene.fact({ type: "held", leg: caller });
    scene.ordered();
    cutOff(caller, "path-lost");
    expect(ends()).toHaveLength(2);
  });

  test("rings on: before the answer nobody needs to get through", () => {
    scene = new CallScene();
    scene.phoneCalls("102");
    scene.bookKeeps();
    scene.rings(scene.legs[1]);
    scene.ordered();
    cutOff(scene.legs[1] ?? caller);
    expect(scene.ordered()).toEqual([]);
  });

  test("leaves two others talking", () => {
    scene.control(caller, { type: "invite", number: "+39045557" });
    const { leg: third } = scene.lastPlaced();
    scene.answers(third);
    scene.ordered();
    cutOff(third);
    expect(ends()).toEqual([expect.stringContaining("end no-path 480")]);
    scene.gone(third);
    expect(scene.world.callOfLeg(caller)?.joined).toEqual([caller, callee]);
  });
});

test("of three who talk, the silent one leaves", () => {
  scene.control(caller, { type: "invite", number: "+39045557" });
  const { leg: third } = scene.lastPlaced();
  scene.answers(third);
  silent(third);
  scene.ordered();
  due();
  expect(scene.ordered().filter((order) => order.includes("end"))).toEqual([
    expect.stringContaining("end no-sound 480"),
  ]);
  scene.gone(third);
  expect(scene.world.callOfLeg(caller)?.joined).toEqual([caller, callee]);
});

test("a dead caller of the house's own echo is let go", () => {
  scene = new CallScene();
  caller = scene.phoneCalls("9000");
  scene.bookKeeps();
  scene.answers(caller);
  silent(caller);
  expect(toldSounds()).toEqual(["dead"]);
  scene.ordered();
  due();
  expect(scene.ordered()).toContain("leg0 end no-sound 480");
});
