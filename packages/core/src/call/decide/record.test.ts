import type { LegId, RecordingId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";
import { talk } from "../../../test/talk.ts";

/** 101's phone has called 102, whose first device answered, and 101 records what is said. */
let scene: CallScene;
let caller: LegId;

beforeEach(() => {
  scene = new CallScene();
  caller = scene.phoneCalls("102");
  scene.bookKeeps();
  const [winner] = scene.placedSince(caller);
  scene.answers(winner);
  scene.answers(caller);
  scene.control(caller, { type: "record", isOn: true });
});

const closed = () => scene.actions.filter(({ type }) => type === "close-recording");
const told = (): number => scene.names.filter((name) => name === "recording.ended.v1").length;

test("a recording of which the switch never heard ends with its leg, as one of nothing", () => {
  scene.hangsUp(caller, "caller");
  expect(closed()).toMatchObject([{ lasted: 0 }]);
  expect(told()).toBe(1);
});

test("a recording that the switch has ended before its leg ends once, and lasted as long as it says", () => {
  const recording = scene.world.callOfLeg(caller)?.legs.find(({ id }) => id === caller)?.recording?.id;
  if (recording === undefined) throw new Error("nothing is recorded");
  scene.recorded(caller, recording, 7000);
  scene.hangsUp(caller, "caller");
  expect(closed()).toMatchObject([{ lasted: 7000 }]);
  expect(told()).toBe(1);
});

describe("a recording that is stopped", () => {
  const recording = (): RecordingId => {
    const id = scene.world.callOfLeg(caller)?.legs.find((leg) => leg.id === caller)?.recording?.id;
    if (id === undefined) throw new Error("nothing is recorded");
    return id;
  };
  const tell = (...wishes: readonly boolean[]): void => {
    for (const isOn of wishes) scene.control(caller, { type: "record", isOn });
  };
  const stops = () => scene.ordered().filter((words) => words === "leg0 stop-recording").length;

  test("twice is stopped once", () => {
    tell(false, false);
    expect(stops()).toBe(1);
  });

  test("and started again before its file is complete is followed by another, once it is", () => {
    const first = recording();
    scene.ordered();
    tell(false, true, true);
    expect(scene.ordered()).toEqual([
      "leg0 stop-recording",
      "control-reply ok",
      "control-reply ok",
      "control-reply ok",
    ]);
    scene.recorded(caller, first, 3000);
    expect(scene.ordered()).toEqual(["close-recording", "open-recording", "leg0 record"]);
    expect(recording()).not.toBe(first);
  });

  test("for good after that is followed by none, and neither is one whose leg has ended", () => {
    const first = recording();
    tell(false, true, false);
    expect(stops()).toBe(1);
    scene.recorded(caller, first, 3000);
    expect(recording).toThrow();
    tell(true, false, true);
    scene.ordered();
    scene.hangsUp(caller, "caller");
    expect(scene.ordered()).not.toContain("open-recording");
  });
});

describe("a user of whom every talk is recorded", () => {
  let first: LegId;
  let second: LegId;

  const recordings = () =>
    scene.actions.flatMap((action) => (action.type === "open-recording" ? [action.recording] : []));
  const ended = (leg: LegId): void => {
    const recording = scene.world.callOfLeg(leg)?.legs.find(({ id }) => id === leg)?.recording?.id;
    if (recording === undefined) throw new Error("nothing is recorded");
    scene.fact({ type: "record-done", leg, recording, lasted: ms(5000), why: "disk-full" });
  };

  beforeEach(() => {
    scene = new CallScene();
    scene.alwaysRecorded.add("102");
    [first, second] = talk(scene, "102");
  });

  test("is recorded from the moment in which the two are joined, whichever side it is on, and nobody else is", () => {
    expect(recordings()).toMatchObject([{ leg: second, extension: "102", other: { number: "101" }, by: "rule" }]);
    scene.alwaysRecorded.add("101");
    const [caller] = talk(scene, "+39045555");
    expect(recordings()[1]).toMatchObject({ leg: caller, extension: "101", other: { number: "+39045555" } });
  });

  test("is recorded on through hold and when the other side is sent on", () => {
    scene.control(first, { type: "hold" });
    scene.control(first, { type: "resume" });
    scene.control(first, { type: "transfer", number: "+39045555" });
    scene.rings(scene.lastPlaced().leg);
    scene.answers(scene.lastPlaced().leg);
    expect(scene.world.callOfLeg(second)?.joined).toEqual([second, scene.lastPlaced().leg]);
    expect(recordings()).toHaveLength(1);
    expect(scene.ordered()).not.toContain("leg1 stop-recording");
  });

  test("is recorded for as long as the rule stands, whoever wants it otherwise", () => {
    scene.ordered();
    scene.control(second, { type: "record", isOn: false });
    expect(scene.ordered()).toEqual(["control-reply not-now"]);
    scene.alwaysRecorded.delete("102");
    scene.control(second, { type: "record", isOn: false });
    expect(scene.ordered()).toEqual(["leg1 stop-recording", "control-reply ok"]);
  });

  test("is not recorded again in a talk whose recording a full disk has ended, unless that is asked for", () => {
    ended(second);
    scene.control(first, { type: "hold" });
    expect(recordings()).toHaveLength(1);
    scene.control(second, { type: "record", isOn: true });
    expect(recordings()[1]).toMatchObject({ leg: second, by: "command" });
  });

  test("is recorded where many meet as well, and not where the server itself answers", () => {
    scene.alwaysRecorded.add("101");
    for (const [number, count] of [
      ["9000", 1],
      ["9002", 2],
    ] as const) {
      const leg = scene.phoneCalls(number);
      scene.bookKeeps();
      scene.answers(leg);
      expect(recordings()).toHaveLength(count);
    }
  });

  test("while it only hears what a number says before its answer is not recorded yet", () => {
    scene.alwaysRecorded.add("101");
    scene.place("101", "+39045555");
    const caller = scene.legs.at(-1);
    scene.answers(caller);
    scene.bookKeeps();
    const outside = scene.lastPlaced().leg;
    scene.rings(outside, true);
    expect(recordings()).toHaveLength(1);
    scene.answers(outside);
    expect(recordings()[1]).toMatchObject({ leg: caller, other: { number: "+39045555" } });
  });
});

test.each([true, false])("a tone tells of a recording where the company wants that: %s", (isWanted) => {
  scene = new CallScene();
  scene.hasRecordingNotice = isWanted;
  const [leg] = talk(scene, "102");
  scene.control(leg, { type: "record", isOn: true });
  expect(scene.lastOrder()).toMatchObject({ type: "record", hasNotice: isWanted });
});
