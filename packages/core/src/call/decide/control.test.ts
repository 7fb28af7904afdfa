import type { CallId, DeviceId, LegId } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { anyKey, CallScene } from "../../../test/call-scene.ts";
import type { ControlOrder } from "../control.ts";

/** 101's phone has called 102, whose first device answered: `caller` and `callee` talk. */
let scene: CallScene;
let caller: LegId;
let callee: LegId;

function talk(dialled: string): readonly [LegId, LegId] {
  const from = scene.phoneCalls(dialled);
  scene.bookKeeps();
  const placed = scene.placedSince(from);
  const [winner] = placed;
  if (winner === undefined) throw new Error("nobody was called");
  scene.answers(winner);
  for (const other of placed) if (other !== winner) scene.gone(other, "completed-elsewhere");
  scene.answers(from);
  scene.ordered();
  return [from, winner];
}

beforeEach(() => {
  scene = new CallScene();
  [caller, callee] = talk("102");
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
    [asking, asked] = talk("+39045555");
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
    const [first, outside] = talk("+39045555");
    const [second] = talk("+39045556");
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

describe("a conference", () => {
  let asking: LegId;
  let asked: LegId;
  beforeEach(() => {
    [asking, asked] = talk("+39045555");
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
