import type { CallId, LegId, TenantId, UserId } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";
import { expect, test } from "vitest";
import { channelOf, closeRow } from "./row.ts";
import type { Call, Leg } from "./types.ts";
import { verdictOf } from "./verdict.ts";

const leg: Leg = {
  id: "leg_01M7W27GF80JNJG0M60P30MJFA" as LegId,
  side: "caller",
  at: { kind: "user", user: "usr_1" as UserId, extension: "101", name: "Ada", device: null },
  isIncoming: true,
  state: "ended",
  isEnding: false,
  hears: null,
  link: { kind: "alone" },
  role: { kind: "talker" },
  hold: null,
  recording: null,
  isMuted: false,
  silentSince: null,
  silentFor: ms(0),
  trouble: null,
  isLeaving: false,
  hasBackSince: null,
  sipCallId: "a",
  startedAt: instant(0),
  answeredAt: null,
  endedAt: null,
  end: null,
  quality: {
    codec: "PCMA",
    packetsSent: 100,
    packetsReceived: 98,
    packetsLost: 2,
    remoteLossRatio: undefined,
    jitterMs: 1.23456,
    roundTripMs: 12.3456,
    packetsForeign: 0,
    mos: 4.398536763117731,
  },
};

const call: Call = {
  id: "call_1" as CallId,
  tenant: "ten_1" as TenantId,
  origin: "phone",
  phase: "closing",
  startedAt: instant(0),
  answeredAt: null,
  from: { name: "Ada", number: "101" },
  to: { name: "", number: "102" },
  destination: null,
  legs: [leg],
  joined: [],
  round: null,
  parked: null,
  sound: "fine",
  attendant: null,
  tried: [],
  asked: [],
  end: null,
  row: "kept",
  waitingForRow: [],
  unanswered: null,
  key: null,
};

test("a row has the sound figures of each leg, to two decimals", () => {
  const { quality } = closeRow(call, verdictOf({ kind: "cancel" }), instant(5000));
  expect(quality[leg.id]).toEqual({ ...leg.quality, jitterMs: 1.23, roundTripMs: 12.35, mos: 4.4 });
});

test("a leg's name in older programs has its extension and eight hexadecimal digits of its id", () => {
  expect(channelOf(leg)).toMatch(/^SIP\/101-[0-9a-f]{8}$/);
  expect(channelOf({ ...leg, id: "leg_01M7W27GF80JNJG0M60P30MJFB" as LegId })).not.toBe(channelOf(leg));
  expect(channelOf(undefined)).toBe("");
});
