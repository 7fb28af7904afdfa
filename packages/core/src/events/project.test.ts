import type { CallId, DeviceId, KeyId, LegId, TenantId, UserId } from "@cordboard/kernel";
import { describe, expect, test } from "vitest";
import type { CallView, LegView } from "../call/index.ts";
import type { HistoryView } from "../history/index.ts";
import type { Actor } from "../identity/index.ts";
import { noLimits } from "../identity/index.ts";
import { mask, sightOf } from "./project.ts";

const leg = (id: string, side: LegView["side"], extension: string | null): LegView => ({
  id: id as LegId,
  side,
  extension,
  trunk: extension === null ? "loop" : null,
  state: "answered",
  isRecorded: false,
  role: "talker",
  isHolding: false,
  isSilent: false,
  sipCallId: `${id}@example.com`,
  startedAt: "2026-01-31T09:30:00.000Z",
  answeredAt: null,
  endedAt: null,
  end: null,
});

/** 101 talks to a number outside. */
const call: CallView = {
  id: "call_1" as CallId,
  state: "talking",
  origin: "phone",
  startedAt: "2026-01-31T09:30:00.000Z",
  answeredAt: null,
  endedAt: null,
  parkedAt: null,
  from: { name: "Ada", number: "101" },
  to: { name: "A customer", number: "+15805550100" },
  joined: [],
  legs: [leg("leg_1", "caller", "101"), leg("leg_2", "callee", null)],
};

const user = (extension: string, role: "admin" | "user" | "room" = "user"): Actor => ({
  tenant: "ten_a" as TenantId,
  kind: "user",
  user: `usr_${extension}` as UserId,
  extension,
  key: undefined,
  roles: [role],
  limits: noLimits,
});
const key = (extensions: readonly string[] | null): Actor => ({
  ...user("", "admin"),
  kind: "key",
  user: undefined,
  extension: undefined,
  key: "key_1" as KeyId,
  limits: { ...noLimits, extensions },
});

describe("how much is seen of a call of 101 with the outside", () => {
  test.each([
    ["an administrator", user("admin", "admin"), "full"],
    ["101", user("101"), "full"],
    ["a colleague", user("102"), "masked"],
    ["a hotel room", user("201", "room"), "none"],
    ["a key of the tenant", key(null), "full"],
    ["a key of 101", key(["101"]), "full"],
    ["a key of 102", key(["102"]), "none"],
  ] as const)("by %s: %s", (_who, actor, sight) => {
    expect(sightOf(actor, "leg.ringing.v1", { leg: "leg_2" as LegId, call })).toBe(sight);
  });

  test("a digit that is pressed is never shown to a colleague", () => {
    expect(sightOf(user("102"), "leg.digit.v1", { leg: "leg_1" as LegId, digit: "4", call })).toBe("none");
  });

  test("the masked form names nobody outside, no trunk and no Call-ID", () => {
    const text = JSON.stringify(mask<"call.answered.v1">({ call }));
    expect(text).not.toMatch(/5805550100|customer|Ada|loop|example/);
    expect(text).toContain('"number":"101"');
  });
});

test("endpoints are seen by their user, keys of their extension, and administrators", () => {
  const device = { id: "dev_1" as DeviceId, extension: "101", userAgent: "", transport: "udp", contact: "" };
  const sights = [user("101"), user("102"), key(["101"]), key(["102"]), key(null)].map((actor) =>
    sightOf(actor, "device.registered.v1", { device }),
  );
  expect(sights).toEqual(["full", "none", "full", "none", "full"]);
});

test("how a user is is seen by colleagues, keys of its extension, and administrators", () => {
  const data = { extension: "101", presence: null };
  const actors = [user("101"), user("102"), key(["101"]), key(["102"]), user("201", "room"), key(null)];
  const sights = actors.map((actor) => sightOf(actor, "presence.changed.v1", data));
  expect(sights).toEqual(["full", "full", "full", "none", "none", "full"]);
});

test("rows of the history are seen by those who took part, keys of their extension, and administrators", () => {
  const data = { call: call.id, row: {} as HistoryView, extensions: ["101", "103"] };
  const actors = [user("101"), user("102"), key(["103"]), key(["102"]), user("201", "room"), key(null)];
  const sights = actors.map((actor) => sightOf(actor, "history.recorded.v1", data));
  expect(sights).toEqual(["full", "none", "full", "none", "none", "full"]);
});

test("changes of the configuration are for administrators", () => {
  const sights = [user("101"), key(["101"]), user("admin", "admin")].map((actor) =>
    sightOf(actor, "config.changed.v1", { kind: "user", id: "usr_1" }),
  );
  expect(sights).toEqual(["none", "none", "full"]);
});

test("what a message says is seen by both its sides, and by nobody else; that there was one, by administrators", () => {
  const message = { from: "101", to: "102", contentType: "text/plain", text: "lunch?", bytes: 6 };
  const actors = [user("101"), user("102"), key(["102"]), user("103"), user("admin", "admin"), key(null), key(["103"])];
  const sights = actors.map((actor) => sightOf(actor, "message.sent.v1", { message }));
  expect(sights).toEqual(["full", "full", "full", "none", "masked", "masked", "none"]);
  expect(mask<"message.sent.v1">({ message })).toEqual({ message: { ...message, text: null } });
});
