import type { CallId, LegId } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import { anyKey, CallScene } from "../../../test/call-scene.ts";

describe("a phone calls an extension", () => {
  test("all devices ring, the first answer wins, the others learn that it was answered elsewhere", () => {
    const scene = new CallScene();
    const caller = scene.phoneCalls("102");
    expect(scene.ordered()).toEqual(["open-row", "leg1 place dev_102a", "leg2 place dev_102b", "start-timer ring"]);
    scene.bookKeeps();
    scene.rings(scene.legs[1]);
    scene.rings(scene.legs[2]);
    expect(scene.ordered()).toEqual(["leg0 ring"]);
    scene.answers(scene.legs[2]);
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "leg1 end completed-elsewhere 200",
      "leg0 answer like leg2",
      "answer-row",
      "leg0 bridge leg2",
    ]);
    scene.gone(scene.legs[1], "completed-elsewhere");
    expect(scene.calls.size).toBe(1);
    scene.hangsUp(caller, "caller");
    expect(scene.ordered()).toEqual(["stop-timer ring", "stop-timer first-sign", "leg2 end normal-clearing 200"]);
    scene.gone(scene.legs[2]);
    expect(scene.ordered()).toEqual(["stop-timer tone", "close-row"]);
    expect(scene.rows()).toEqual(["ANSWERED 16"]);
    expect([scene.calls.size, Object.keys(scene.state.calls).length]).toEqual([0, 0]);
  });

  test("the caller hears nothing of it before the call stands in the book", () => {
    const scene = new CallScene();
    scene.phoneCalls("102");
    scene.ordered();
    scene.rings(scene.legs[1]);
    scene.answers(scene.legs[1]);
    expect(scene.ordered().filter((order) => order.startsWith("leg0"))).toEqual([]);
    scene.bookKeeps();
    expect(scene.ordered()).toEqual(["leg0 ring", "leg0 answer like leg1", "leg0 bridge leg1"]);
  });

  test("one device busy and one silent: the call goes on; both refused: the caller hears busy", () => {
    const scene = new CallScene();
    scene.phoneCalls("102");
    scene.bookKeeps();
    scene.refuses(scene.legs[1], 486);
    scene.ordered();
    expect(scene.calls.size).toBe(1);
    scene.refuses(scene.legs[2], 480);
    expect(scene.ordered()).toContain("leg0 end busy 486");
    scene.gone(scene.legs[0]);
    expect(scene.rows()).toEqual(["BUSY 17"]);
  });

  test("the caller gives up: every device is cancelled", () => {
    const scene = new CallScene();
    const caller = scene.phoneCalls("102");
    scene.bookKeeps();
    scene.ordered();
    scene.cancels(caller);
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "stop-timer first-sign",
      "leg1 end cancelled 487",
      "leg2 end cancelled 487",
    ]);
    scene.gone(scene.legs[1], "cancelled");
    scene.gone(scene.legs[2], "cancelled");
    expect(scene.rows()).toEqual(["NO ANSWER 16"]);
  });

  test("an answer that crosses the cancel changes nothing: the leg already has its end", () => {
    const scene = new CallScene();
    const caller = scene.phoneCalls("102");
    scene.bookKeeps();
    scene.cancels(caller);
    scene.ordered();
    scene.answers(scene.legs[1]);
    expect(scene.ordered()).toEqual([]);
    scene.gone(scene.legs[1]);
    scene.gone(scene.legs[2]);
    expect([scene.calls.size, ...scene.rows()]).toEqual([0, "NO ANSWER 16"]);
  });

  test("nobody answers in a minute: all ringing ends and the caller hears that nobody answered", () => {
    const scene = new CallScene();
    scene.phoneCalls("102");
    scene.bookKeeps();
    scene.ordered();
    scene.take({ type: "timer", call: firstCall(scene), timer: "ring" });
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "stop-timer first-sign",
      "leg1 end cancelled 487",
      "leg2 end cancelled 487",
      "leg0 end no-answer 480",
    ]);
  });

  test.each([
    ["an extension with no device", "104", "end not-registered 480", "NO ANSWER 20"],
    ["a number that leads nowhere", "777", "end unknown-number 404", "FAILED 1"],
    ["what is no number", "ann", "end unknown-number 404", "FAILED 1"],
  ])("%s is refused once the call stands in the book", (_name, dialled, order, row) => {
    const scene = new CallScene();
    const caller = scene.phoneCalls(dialled);
    expect(scene.ordered().filter((words) => words.includes("end"))).toEqual([]);
    scene.bookKeeps();
    expect(scene.ordered()).toEqual([`leg0 ${order}`]);
    scene.gone(caller);
    expect(scene.rows()).toEqual([row]);
  });

  test("early media is passed on when one leg is left, never while several ring", () => {
    const scene = new CallScene();
    scene.phoneCalls("102");
    scene.bookKeeps();
    scene.ordered();
    scene.rings(scene.legs[1], true);
    expect(scene.ordered()).toEqual(["leg0 ring"]);
    scene.refuses(scene.legs[2], 486);
    scene.rings(scene.legs[1], true);
    expect(scene.ordered()).toEqual(["leg0 early-media leg1"]);
  });
});

describe("a phone calls what is no extension", () => {
  test("the echo answers by itself", () => {
    const scene = new CallScene();
    scene.phoneCalls("9000");
    scene.bookKeeps();
    expect(scene.ordered()).toEqual(["open-row", "answer-row", "leg0 answer like nobody"]);
    scene.answers(scene.legs[0]);
    expect(scene.ordered()).toEqual(["leg0 play echo"]);
  });

  test("a carrier is called only when the call stands in the book", () => {
    const scene = new CallScene();
    scene.phoneCalls("+39 045 555");
    expect(scene.ordered()).toEqual(["open-row", "start-timer ring"]);
    scene.bookKeeps();
    expect(scene.ordered()).toEqual(["leg1 place +39045555"]);
  });

  test("a caller who gives up before the book has the call costs nothing: the carrier is never called", () => {
    const scene = new CallScene();
    const caller = scene.phoneCalls("0039045555");
    scene.cancels(caller);
    scene.bookKeeps();
    expect(scene.ordered().filter((words) => words.startsWith("leg1"))).toEqual([]);
    expect([scene.calls.size, ...scene.rows()]).toEqual([0, "NO ANSWER 16"]);
  });

  test("a full trunk refuses", () => {
    const scene = new CallScene();
    for (let i = 0; i < 3; i++) scene.phoneCalls("0039045555");
    scene.ordered();
    scene.bookKeeps();
    expect(scene.ordered().filter((words) => words.includes("end"))).toEqual(["leg4 end overloaded 503"]);
  });
});

describe("while the database is away", () => {
  test("a phone calls another, but no carrier", () => {
    const scene = new CallScene();
    scene.isBookCommitting = false;
    scene.phoneCalls("102");
    scene.phoneCalls("0039045555");
    scene.ordered();
    scene.bookSpools();
    scene.rings(scene.legs[1]);
    expect(scene.ordered()).toEqual(["leg3 end overloaded 503", "leg0 ring"]);
  });

  test("a carrier for whom the row was meant to be kept is not called either", () => {
    const scene = new CallScene();
    const caller = scene.phoneCalls("0039045555");
    scene.ordered();
    scene.bookSpools();
    expect(scene.ordered()).toEqual(["stop-timer ring", "stop-timer first-sign", "leg0 end overloaded 503"]);
    scene.gone(caller);
    expect([scene.calls.size, ...scene.rows()]).toEqual([0, "FAILED 42"]);
  });

  test("a command that leads to a carrier is refused at once", () => {
    const scene = new CallScene();
    scene.isBookCommitting = false;
    scene.place("101", "0039045555");
    expect(scene.ordered()).toEqual(["reply database-away"]);
  });

  test("a command whose extension has only a mobile is refused as the row comes to wait", () => {
    const scene = new CallScene();
    scene.place("103", "101");
    scene.ordered();
    scene.bookSpools();
    expect(scene.ordered()).toContain("reply database-away");
    expect(scene.calls.size).toBe(0);
  });

  test("a call placed by command goes on inside the house", () => {
    const scene = new CallScene();
    scene.place("101", "102");
    scene.rings(legOf(scene, 0));
    scene.ordered();
    scene.bookSpools();
    expect(scene.ordered()).toEqual(["reply ok"]);
  });
});

describe("a call placed by command", () => {
  test("rings the extension first, answers the command at the first sign, then calls the number and joins", () => {
    const scene = new CallScene();
    scene.place("101", "102");
    expect(scene.ordered()).toEqual(["leg0 place dev_101a", "open-row", "start-timer first-sign", "start-timer ring"]);
    scene.rings(legOf(scene, 0));
    expect(scene.ordered()).toEqual(["stop-timer first-sign"]);
    scene.bookKeeps();
    expect(scene.ordered()).toEqual(["reply ok"]);
    scene.answers(legOf(scene, 0));
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "stop-timer first-sign",
      "leg1 place dev_102a",
      "leg2 place dev_102b",
      "start-timer ring",
    ]);
    scene.rings(legOf(scene, 1));
    scene.answers(legOf(scene, 1));
    expect(scene.ordered()).toEqual([
      "leg0 play ringback",
      "stop-timer ring",
      "leg2 end completed-elsewhere 200",
      "answer-row",
      "leg0 bridge leg1",
    ]);
  });

  test("no sign of life in five seconds: no devices, and the attempts are cancelled", () => {
    const scene = new CallScene();
    scene.place("102", "101");
    scene.bookKeeps();
    scene.ordered();
    scene.take({ type: "timer", call: firstCall(scene), timer: "first-sign" });
    expect(scene.ordered()).toEqual([
      "stop-timer ring",
      "stop-timer first-sign",
      "reply no-devices",
      "leg0 end cancelled 487",
      "leg1 end cancelled 487",
    ]);
  });

  test("the mobile of the extension rings too, by the trunk, once the call stands in the book", () => {
    const scene = new CallScene();
    scene.place("103", "101");
    expect(scene.ordered()).not.toContain("leg0 place +390455550103");
    scene.bookKeeps();
    expect(scene.ordered()).toEqual(["leg0 place +390455550103"]);
  });

  test.each([
    ["999", "102", "invalid-extension"],
    ["101", "", "invalid-number"],
    ["101", "10x", "invalid-number"],
    ["101", "777", "invalid-number"],
    ["104", "102", "no-devices"],
  ])("extension %j to number %j is refused as %s and leaves nothing", (extension, number, code) => {
    const scene = new CallScene();
    scene.place(extension, number);
    expect(scene.ordered()).toEqual([`reply ${code}`]);
    expect(scene.calls.size).toBe(0);
  });

  test("a key of other extensions gets the answer that an unknown extension gets", () => {
    const scene = new CallScene();
    scene.place("101", "102", { ...anyKey, roles: [], limits: { ...anyKey.limits, extensions: ["102"] } });
    expect(scene.ordered()).toEqual(["reply invalid-extension"]);
  });

  test("a key has no more calls up at once than it may", () => {
    const scene = new CallScene();
    const key = { ...anyKey, limits: { ...anyKey.limits, concurrentCalls: 1 } };
    scene.place("101", "102", key);
    scene.ordered();
    scene.place("101", "102", key);
    expect(scene.ordered()).toEqual(["reply too-many-calls"]);
  });

  test("whom it calls is busy: who was rung hears the busy tone, then the call ends as busy", () => {
    const scene = new CallScene();
    scene.place("102", "101");
    scene.bookKeeps();
    scene.answers(legOf(scene, 0));
    scene.gone(legOf(scene, 1), "completed-elsewhere");
    scene.ordered();
    scene.refuses(legOf(scene, 2), 486);
    expect(scene.ordered()).toEqual(["stop-timer ring", "start-timer tone", "leg0 play busy"]);
    scene.take({ type: "timer", call: firstCall(scene), timer: "tone" });
    scene.gone(legOf(scene, 0));
    expect(scene.rows()).toEqual(["BUSY 17"]);
  });

  test("whom it calls does not answer in time: nothing rings there any more while who was rung hears the tone", () => {
    const scene = new CallScene();
    scene.place("101", "102");
    scene.answers(scene.legs[0]);
    scene.bookKeeps();
    for (const leg of scene.legs.slice(1)) scene.rings(leg);
    scene.ordered();
    scene.take({ type: "timer", call: firstCall(scene), timer: "ring" });
    expect(scene.ordered()).toEqual([
      "leg1 end cancelled 487",
      "leg2 end cancelled 487",
      "stop-timer ring",
      "start-timer tone",
      "leg0 play congestion",
    ]);
  });

  test("whom it calls has no device: who was rung hears a tone first, then the call ends as not registered", () => {
    const scene = new CallScene();
    scene.place("101", "104");
    scene.bookKeeps();
    scene.ordered();
    scene.answers(legOf(scene, 0));
    expect(scene.ordered()).toContain("leg0 play congestion");
    scene.take({ type: "timer", call: firstCall(scene), timer: "tone" });
    scene.gone(legOf(scene, 0));
    expect(scene.rows()).toEqual(["NO ANSWER 20"]);
  });

  test("both of its sides may go over a trunk that has room for two", () => {
    const scene = new CallScene();
    scene.place("103", "0039045555");
    scene.bookKeeps();
    scene.ordered();
    scene.answers(legOf(scene, 0));
    expect(scene.ordered()).toContain("leg1 place 0039045555");
  });

  test("who was rung hangs up before the number answers: the call was not answered", () => {
    const scene = new CallScene();
    scene.place("101", "102");
    scene.bookKeeps();
    scene.answers(legOf(scene, 0));
    scene.hangsUp(legOf(scene, 0), "caller");
    scene.gone(legOf(scene, 1), "cancelled");
    scene.gone(legOf(scene, 2), "cancelled");
    expect(scene.rows()).toEqual(["NO ANSWER 16"]);
  });

  test("without a book there is no call: the command and the phones are told", () => {
    const scene = new CallScene();
    scene.place("101", "102");
    scene.rings(legOf(scene, 0));
    scene.ordered();
    scene.take({ type: "row-lost", call: firstCall(scene) });
    expect(scene.ordered()).toContain("leg0 end cancelled 487");
  });
});

test("taking back by command a call that rings refuses its caller; a second time changes nothing", () => {
  const scene = new CallScene();
  scene.phoneCalls("102");
  scene.bookKeeps();
  scene.ordered();
  const call = firstCall(scene);
  scene.take({ type: "hang-up", call, why: "normal-clearing" });
  expect(scene.ordered()).toContain("leg0 end no-answer 480");
  scene.take({ type: "hang-up", call, why: "normal-clearing" });
  expect(scene.ordered()).toEqual([]);
});

const firstCall = (scene: CallScene): CallId => [...scene.calls.keys()][0] ?? ("none" as CallId);
const legOf = (scene: CallScene, index: number): LegId | undefined => scene.legs[index];
