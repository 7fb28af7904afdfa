import type { CallId, LegId } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { CallScene } from "../../test/call-scene.ts";
import type { CallView, LegView } from "../call/index.ts";
import { callSign } from "./call-sign.ts";

const at = "2026-01-31T09:30:00.000Z";
type Part = readonly [side: LegView["side"], extension: string | null, state: LegView["state"]];
const call = (origin: CallView["origin"], ...parts: readonly Part[]): CallView => ({
  id: "call_1" as CallId,
  state: "talking",
  origin,
  startedAt: at,
  answeredAt: null,
  endedAt: null,
  parkedAt: null,
  from: { name: "", number: "" },
  to: { name: "", number: "" },
  joined: [],
  legs: parts.map(([side, extension, state], i) => ({
    id: `leg_${i}` as LegId,
    side,
    extension,
    trunk: null,
    state,
    isRecorded: false,
    role: "talker",
    isHolding: false,
    isSilent: false,
    sipCallId: null,
    startedAt: at,
    answeredAt: null,
    endedAt: null,
    end: null,
  })),
});

test.each<[string, CallView, string | undefined]>([
  ["dials", call("phone", ["caller", "101", "setup"]), "talking"],
  ["is rung to place a call", call("command", ["caller", "101", "ringing"]), "ringing"],
  ["is about to be rung to place a call", call("command", ["caller", "101", "setup"]), undefined],
  ["is about to be rung", call("phone", ["caller", "102", "setup"], ["callee", "101", "setup"]), undefined],
  ["is rung", call("phone", ["caller", "102", "setup"], ["callee", "101", "ringing"]), "ringing"],
  ["has answered", call("phone", ["caller", "102", "answered"], ["callee", "101", "answered"]), "talking"],
  [
    "talks while another phone of its rings",
    call("phone", ["callee", "101", "ringing"], ["callee", "101", "answered"]),
    "talking",
  ],
  [
    "rings at one phone and was refused at another",
    call("phone", ["callee", "101", "ringing"], ["callee", "101", "ended"]),
    "ringing",
  ],
  ["has hung up", call("phone", ["caller", "101", "ended"], ["callee", "102", "answered"]), undefined],
  ["has no part in it", call("phone", ["caller", "102", "answered"], ["callee", null, "answered"]), undefined],
])("whoever %s", (_what, view, sign) => {
  expect(callSign(view, "101")).toBe(sign);
});

test("a phone that dials is on the phone until it hangs up, and the other rings until it answers", () => {
  const scene = new CallScene();
  const signs = () =>
    ["101", "102"].map((extension) => Object.values(scene.state.calls).map((view) => callSign(view, extension))[0]);
  const caller = scene.phoneCalls("102");
  scene.bookKeeps();
  expect(signs()).toEqual(["talking", undefined]);
  const [first, second] = scene.placedSince(caller);
  scene.rings(first);
  expect(signs()).toEqual(["talking", "ringing"]);
  scene.answers(second);
  expect(signs()).toEqual(["talking", "talking"]);
  scene.gone(first, "completed-elsewhere");
  scene.hangsUp(second, "callee");
  expect(signs()[1]).toBeUndefined();
});
