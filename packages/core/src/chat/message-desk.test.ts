import type { UserId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, expect, test } from "vitest";
import { anyKey, CallScene } from "../../test/call-scene.ts";
import type { EventBus } from "../bus/index.ts";
import type { Actor } from "../identity/index.ts";
import { actorOfUser } from "../identity/index.ts";
import type { MessageDesk } from "./message-desk.ts";
import { createMessageDesk, LONGEST_MESSAGE, MOST_AT_ONCE, PACE } from "./message-desk.ts";
import type { SendMessage } from "./types.ts";

const { directory } = new CallScene().world;
const userAt = (extension: string): Actor => {
  const user = directory.userAt(anyKey.tenant, extension);
  if (user === undefined) throw new Error(`nobody has ${extension}`);
  return actorOfUser(user);
};

let clock: ReturnType<typeof manualClock>;
let told: unknown[];
let desk: MessageDesk;
beforeEach(() => {
  clock = manualClock();
  told = [];
  const bus = { publish: (_tenant: unknown, event: unknown, data: unknown) => told.push([event, data]) };
  desk = createMessageDesk({ directory, bus: bus as unknown as EventBus, clock });
});

const hello = (change: Partial<SendMessage> = {}): SendMessage => ({
  actor: userAt("101"),
  to: "102",
  contentType: "text/plain",
  text: "hello",
  bytes: 5,
  reaches: () => true,
  ...change,
});

test("a message goes to every device of whom it is for, and both sides are told", () => {
  expect(desk.send(hello())).toMatchObject({ ok: true, value: { devices: [{ id: "dev_102a" }, { id: "dev_102b" }] } });
  const message = { from: "101", to: "102", contentType: "text/plain", text: "hello", bytes: 5 };
  expect(told).toEqual([["message.sent.v1", { message }]]);
});

test.each([
  ["nobody has the number", { to: "199" }, { code: "unknown-number" }],
  ["the server itself answers there", { to: "9000" }, { code: "unknown-number" }],
  ["who sends it is nobody", { actor: anyKey }, { code: "unknown-number" }],
  ["no device is registered", { to: "104" }, { code: "not-registered" }],
  ["none that is registered can take it", { reaches: () => false }, { code: "not-registered" }],
  ["it is too long", { bytes: LONGEST_MESSAGE + 1 }, { code: "message-too-long", most: LONGEST_MESSAGE }],
])("a message is refused and told to nobody when %s", (_why, change, error) => {
  expect(desk.send(hello(change))).toEqual({ ok: false, error });
  expect(told).toEqual([]);
});

test("whoever sends without end waits for the pace, and keeps nobody else from sending", () => {
  const codes = (count: number): readonly string[] =>
    Array.from({ length: count }, () => desk.send(hello())).map((sent) => (sent.ok ? "sent" : sent.error.code));
  expect(new Set(codes(MOST_AT_ONCE))).toEqual(new Set(["sent"]));
  expect(desk.send(hello())).toEqual({ ok: false, error: { code: "too-many-messages", wait: PACE } });
  expect(desk.send(hello({ actor: { ...userAt("102"), user: "usr_102" as UserId } })).ok).toBe(true);
  clock.advance(ms(PACE - 1));
  expect(codes(1)).toEqual(["too-many-messages"]);
  clock.advance(ms(1));
  expect(codes(2)).toEqual(["sent", "too-many-messages"]);
  clock.advance(ms(MOST_AT_ONCE * PACE));
  expect(new Set(codes(MOST_AT_ONCE))).toEqual(new Set(["sent"]));
});
