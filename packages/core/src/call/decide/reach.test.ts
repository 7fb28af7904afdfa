import type { UserId } from "@cordboard/kernel";
import { instant } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";
import type { ForwardTarget, ReachPreferences } from "../../directory/index.ts";
import { plainReach } from "../../directory/index.ts";

const to = (number: string): ForwardTarget => ({ kind: "number", number });
const forward = (change: Partial<ReachPreferences["forward"]>): Partial<ReachPreferences> => ({
  forward: { ...plainReach.forward, ...change },
});

/** 101's phone calls 102, who wants to be reached so. */
function call102(wishes: Partial<ReachPreferences>, others: Record<string, Partial<ReachPreferences>> = {}): CallScene {
  const scene = new CallScene();
  scene.wishes.set("102", { ...plainReach, ...wishes });
  for (const [extension, theirs] of Object.entries(others)) scene.wishes.set(extension, { ...plainReach, ...theirs });
  scene.phoneCalls("102");
  scene.bookKeeps();
  return scene;
}
const placed = (scene: CallScene): readonly string[] =>
  scene.ordered().flatMap((words) => (words.includes(" place ") ? [words.split(" ")[2] ?? ""] : []));
const timesOut = (scene: CallScene, timer: "ring" | "mobile" = "ring"): void => {
  const [call] = scene.calls.keys();
  if (call !== undefined) scene.take({ type: "timer", call, timer });
};

test("always: nobody rings but whom the user names", () => {
  expect(placed(call102(forward({ always: to("+39045555") })))).toEqual(["+39045555"]);
});

test("do not disturb: no device rings, and the caller hears busy", () => {
  const scene = call102({ doNotDisturb: true });
  expect(scene.ordered()).toContain("leg0 end busy 486");
});

test("a user who says not to be disturbed: no device rings while that holds", () => {
  const scene = new CallScene();
  const until = instant(scene.now + 60_000);
  scene.statuses.set("102", { status: "do-not-disturb", text: "", until });
  scene.phoneCalls("102");
  scene.bookKeeps();
  expect(scene.ordered()).toContain("leg0 end busy 486");
  scene.now = until;
  scene.phoneCalls("102");
  expect(placed(scene)).toEqual(["dev_102a", "dev_102b"]);
});

test("do not disturb with somebody for busy times", () => {
  expect(placed(call102({ doNotDisturb: true, ...forward({ busy: to("+39045555") }) }))).toEqual(["+39045555"]);
});

describe("without call waiting", () => {
  test("a user who talks is busy", () => {
    const scene = call102({ callWaiting: false });
    scene.ordered();
    scene.phoneCalls("102");
    scene.bookKeeps();
    expect(scene.ordered()).toContain("leg3 end busy 486");
  });
  test("with it, the phone rings again", () => {
    const scene = call102({});
    scene.ordered();
    scene.phoneCalls("102");
    expect(placed(scene)).toEqual(["dev_102a", "dev_102b"]);
  });
});

test("nobody answers in the user's own time: on to the next, who rings anew", () => {
  const scene = call102({ ringSeconds: 20, ...forward({ noAnswer: to("+39045555") }) });
  scene.rings(scene.legs[1]);
  scene.ordered();
  timesOut(scene);
  expect(scene.ordered()).toEqual([
    "leg1 end no-answer 480",
    "leg2 end no-answer 480",
    "stop-timer ring",
    "leg3 place +39045555",
    "start-timer ring",
  ]);
  scene.gone(scene.legs[1], "cancelled");
  scene.answers(scene.legs[3]);
  expect(scene.ordered()).toContain("leg0 bridge leg3");
});

test.each([
  ["busy", 486, "busy"],
  ["declined", 603, "busy"],
  ["declined without a wish for busy times", 603, "noAnswer"],
  ["not answered", 480, "noAnswer"],
  ["unreachable", 408, "noAnswer"],
] as const)("%s by every device: on to the next", (_name, status, wish) => {
  const scene = call102(forward({ [wish]: to("+39045555") }));
  scene.refuses(scene.legs[1], status);
  scene.refuses(scene.legs[2], status);
  expect(placed(scene)).toEqual(["dev_102a", "dev_102b", "+39045555"]);
});

test("nothing registered: on to the next", () => {
  const scene = new CallScene();
  scene.wishes.set("104", { ...plainReach, ...forward({ notRegistered: to("102") }) });
  scene.phoneCalls("104");
  expect(placed(scene)).toEqual(["dev_102a", "dev_102b"]);
});

test("voicemail answers by itself", () => {
  const scene = call102(forward({ always: { kind: "voicemail" } }));
  expect(scene.ordered()).toContain("leg0 answer like nobody");
  expect([...scene.calls.values()][0]).toMatchObject({
    phase: "talking",
    destination: { kind: "mailbox", user: { id: "usr_102" as UserId } },
  });
});

test("forwardings that go round are noticed", () => {
  const scene = call102(forward({ always: to("104") }), { "104": forward({ always: to("102") }) });
  expect(scene.ordered()).toContain("leg0 end loop-detected 482");
});

test("the mobile rings after its time, beside the devices, and whoever answers wins", () => {
  const scene = new CallScene();
  scene.wishes.set("103", { ...plainReach, mobileAfterSeconds: 0 });
  scene.phoneCalls("103");
  scene.bookKeeps();
  expect(placed(scene)).toEqual(["+390455550103"]);
});

test("the mobile rings later, unless somebody has answered", () => {
  const scene = new CallScene();
  scene.mobiles.set("102", "+390455550102");
  scene.wishes.set("102", { ...plainReach, mobileAfterSeconds: 10 });
  scene.phoneCalls("102");
  scene.bookKeeps();
  timesOut(scene, "mobile");
  expect(placed(scene)).toEqual(["dev_102a", "dev_102b", "+390455550102"]);
});
