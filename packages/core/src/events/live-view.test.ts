import type { CallId, LegId, TenantId } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { anyKey, CallScene } from "../../test/call-scene.ts";
import type { EventBus } from "../bus/index.ts";
import type { CallView } from "../call/index.ts";
import type { Actor } from "../identity/index.ts";
import { noLimits } from "../identity/index.ts";
import type { PresenceView } from "../presence/index.ts";
import type { LiveView, Topic } from "./index.ts";
import { createLiveView } from "./live-view.ts";

const { directory } = new CallScene().world;
const position = { epoch: "run1", seq: 7 };

/** 101 talks to a number outside. */
const call: CallView = {
  id: "call_1" as CallId,
  state: "talking",
  origin: "phone",
  startedAt: "2026-01-31T09:30:00.000Z",
  answeredAt: null,
  endedAt: null,
  parkedAt: null,
  from: { name: "User 101", number: "101" },
  to: { name: "A customer", number: "+15805550100" },
  joined: [],
  legs: [
    {
      id: "leg_1" as LegId,
      side: "caller",
      extension: "101",
      trunk: null,
      state: "answered",
      isRecorded: false,
      role: "talker",
      isHolding: false,
      isSilent: false,
      sipCallId: "a@example",
      startedAt: "2026-01-31T09:30:00.000Z",
      answeredAt: null,
      endedAt: null,
      end: null,
    },
  ],
};

const presence = (extension: string): PresenceView => ({
  extension,
  shown: "available",
  status: "available",
  text: "",
  until: null,
  isRegistered: true,
  isConnected: true,
  since: "2026-01-31T09:30:00.000Z",
});

let askedFor: TenantId[];
let view: LiveView;
beforeEach(() => {
  askedFor = [];
  const noted = <Value>(tenant: TenantId, value: Value): Value => {
    askedFor.push(tenant);
    return value;
  };
  view = createLiveView({
    bus: { position: (tenant: TenantId) => noted(tenant, position) } as EventBus,
    directory: { ...directory, allDevices: (tenant) => noted(tenant, directory.allDevices(tenant)) },
    calls: { views: (tenant) => noted(tenant, [call]) },
    presences: { views: (tenant) => noted(tenant, [presence("101"), presence("102")]) },
  });
});

const user = (extension: string, role: "user" | "room" = "user"): Actor => ({
  ...anyKey,
  kind: "user",
  key: undefined,
  extension,
  roles: [role],
});
const keyOf = (extension: string): Actor => ({ ...anyKey, limits: { ...noLimits, extensions: [extension] } });

const seenBy = (actor: Actor, ...topics: readonly Topic[]) => view.snapshot(actor, new Set(topics)).state;

describe("the snapshot shows of a call of 101 with the outside", () => {
  test.each([
    ["an administrator's key", anyKey, [call]],
    ["101", user("101"), [call]],
    ["a key of 101", keyOf("101"), [call]],
    ["a key of 102", keyOf("102"), []],
    ["a hotel room", user("201", "room"), []],
  ])("to %s what it may see", (_who, actor, calls) => {
    expect(Object.values(seenBy(actor, "calls").calls)).toEqual(calls);
  });

  test("to a colleague that it is there, and nobody outside", () => {
    const text = JSON.stringify(seenBy(user("102"), "calls"));
    expect(text).toContain('"number":"101"');
    expect(text).not.toMatch(/5805550100|customer|a@example/);
  });
});

test.each([
  ["an administrator's key", anyKey, ["dev_101a", "dev_102a", "dev_102b"]],
  ["102", user("102"), ["dev_102a", "dev_102b"]],
  ["a key of 101", keyOf("101"), ["dev_101a"]],
])("the snapshot shows to %s the devices that it may see", (_who, actor, devices) => {
  expect(Object.keys(seenBy(actor, "devices").devices)).toEqual(devices);
});

test.each([
  ["an administrator's key", anyKey, ["101", "102"]],
  ["102", user("102"), ["101", "102"]],
  ["a key of 101", keyOf("101"), ["101"]],
  ["a hotel room", user("201", "room"), []],
])("the snapshot shows to %s the presences that it may see", (_who, actor, extensions) => {
  expect(Object.keys(seenBy(actor, "presence").presences)).toEqual(extensions);
});

test("the snapshot holds the topics that were asked for, as of the stream's position", () => {
  expect(view.snapshot(anyKey, new Set())).toEqual({ position, state: { calls: {}, devices: {}, presences: {} } });
});

test("the snapshot is the actor's own tenant's", () => {
  const tenant = "ten_other" as TenantId;
  seenBy({ ...anyKey, tenant }, "calls", "devices", "presence");
  expect(new Set(askedFor)).toEqual(new Set([tenant]));
});
