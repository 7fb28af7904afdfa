import type { LegId } from "@cordboard/kernel";
import { beforeEach, expect, test } from "vitest";
import { CallScene } from "../../../test/call-scene.ts";

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
