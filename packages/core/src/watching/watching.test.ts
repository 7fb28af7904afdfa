import type { Envelope, RecordingId, UserId, VoiceMessageId } from "@cordboard/kernel";
import { instant, ms } from "@cordboard/kernel";
import { beforeEach, describe, expect, test } from "vitest";
import { anyKey, CallScene } from "../../test/call-scene.ts";
import type { CallView } from "../call/index.ts";
import type { Actor } from "../identity/index.ts";
import { actorOfUser } from "../identity/index.ts";
import type { PresenceView } from "../presence/index.ts";
import type { VoiceMessage } from "../voicemail/index.ts";
import type { Watching } from "./ports.ts";
import { createWatching } from "./watching.ts";

const { tenant } = anyKey;

let scene: CallScene;
let watching: Watching;
let hear: (event: string, data: unknown) => void;
let told: string[];
let isFollowed: boolean;

const asks = (extension: string, change: Partial<Actor> = {}): Actor => {
  const user = scene.world.directory.userAt(tenant, extension);
  if (user === undefined) throw new Error(`nobody has ${extension}`);
  return { ...actorOfUser(user), ...change };
};
const room: Partial<Actor> = { roles: ["room"] };
const admin: Partial<Actor> = { roles: ["admin"] };

/** Publishes what the calls have come to tell; the numbers at which that changes something. */
function publish(): readonly string[] {
  told.splice(0);
  for (const { event, data } of scene.events.splice(0)) hear(event, data);
  return [...new Set(told)].toSorted();
}

beforeEach(() => {
  scene = new CallScene();
  told = [];
  isFollowed = false;
  watching = createWatching({
    bus: {
      subscribe: (_tenant, listener) => {
        isFollowed = true;
        hear = (event, data) => listener({ epoch: "run", seq: 1, at: instant(0), tenant, event, data } as Envelope);
        return () => {};
      },
    },
    directory: scene.world.directory,
    calls: { views: () => Object.values(scene.state.calls) },
    presences: { view: (_tenant, user) => ({ extension: user.slice(4), shown: "away" }) as PresenceView },
    mailboxes: { mailbox: (...[of, user]) => scene.world.mailbox(of, user) },
  });
  watching.onChange({
    changed: (_tenant, number, what) => told.push(`${number} ${what}`),
    reconsider: (_tenant, user) => told.push(`reconsider ${user}`),
  });
});

const states = (calls: readonly CallView[] | undefined) => calls?.map(({ state }) => state);

describe("the calls at an extension", () => {
  test("are there from the first sign to the end, and each change is told once at each number", () => {
    expect(watching.calls(asks("103"), "102")).toEqual([]);
    const caller = scene.phoneCalls("102");
    scene.bookKeeps();
    expect(publish()).toEqual(["101 calls", "102 calls"]);
    const [first, second] = scene.placedSince(caller);
    scene.rings(first);
    expect(publish()).toEqual(["101 calls", "102 calls"]);
    expect(states(watching.calls(asks("103"), "102"))).toEqual(["ringing"]);
    scene.answers(second);
    scene.gone(first, "completed-elsewhere");
    publish();
    expect(states(watching.calls(asks("103"), "102"))).toEqual(["talking"]);
    scene.digit(caller, "5");
    expect(publish()).toEqual([]);
    scene.hangsUp(caller, "caller");
    scene.gone(second);
    expect(publish()).toEqual(["101 calls", "102 calls"]);
    expect(watching.calls(asks("103"), "102")).toEqual([]);
  });

  test("count that were up before anybody watched, and nothing is followed until then", () => {
    scene.phoneCalls("9000");
    scene.bookKeeps();
    expect(isFollowed).toBe(false);
    expect(states(watching.calls(asks("102"), "101"))).toEqual(["talking"]);
    expect(isFollowed).toBe(true);
  });

  test("are seen as in the live stream: colleagues see no number of the outside, who takes part does", () => {
    scene.phoneCalls("+39045555");
    scene.bookKeeps();
    const of = (actor: Actor): string | undefined => watching.calls(actor, "101")?.[0]?.to.number;
    expect([of(asks("102")), of(asks("101")), of(asks("102", admin))]).toEqual(["", "+39045555", "+39045555"]);
  });

  test.each([
    ["a number that nobody has", "199", {}],
    ["the echo, which has no lamp", "9000", {}],
    ["a colleague, for a room", "102", room],
    ["a place where calls wait, for a room", "9011", room],
  ])("are not there for %s", (_what, number, change) => {
    expect(watching.calls(asks("101", change), number)).toBeUndefined();
  });

  test("of its own are there for a room", () => {
    expect(watching.calls(asks("101", room), "101")).toEqual([]);
  });
});

test("a place where calls wait has the call that waits there", () => {
  expect(watching.calls(asks("103"), "9011")).toEqual([]);
  const caller = scene.phoneCalls("102");
  scene.bookKeeps();
  const [first, second] = scene.placedSince(caller);
  scene.answers(second);
  scene.gone(first, "completed-elsewhere");
  publish();
  scene.control(second, { type: "park", number: "9011" });
  expect(publish()).toContain("9011 calls");
  expect(watching.calls(asks("103"), "9011")?.map(({ parkedAt }) => parkedAt)).toEqual(["9011"]);
  scene.hangsUp(caller, "caller");
  scene.gone(second);
  expect(publish()).toContain("9011 calls");
  expect(watching.calls(asks("103"), "9011")).toEqual([]);
});

test("a conference room has the calls of those who are in it", () => {
  expect(watching.calls(asks("103"), "9002")).toEqual([]);
  const caller = scene.phoneCalls("9002");
  scene.bookKeeps();
  expect(publish()).toEqual(["101 calls", "9002 calls"]);
  expect(states(watching.calls(asks("103"), "9002"))).toEqual(["talking"]);
  scene.hangsUp(caller, "caller");
  publish();
  expect(watching.calls(asks("103"), "9002")).toEqual([]);
});

test("a presence is for colleagues, not for rooms, and for nobody who is not there", () => {
  expect(watching.presence(asks("101"), "102")).toMatchObject({ extension: "102", shown: "away" });
  for (const [actor, number] of [
    [asks("101", room), "102"],
    [asks("101"), "199"],
    [asks("101"), "9002"],
  ] as const)
    expect(watching.presence(actor, number)).toBeUndefined();
});

test("a mailbox is for its owner and for administrators", () => {
  const message = (id: string, isHeard: boolean): VoiceMessage => ({
    id: id as VoiceMessageId,
    tenant,
    user: "usr_101" as UserId,
    from: { name: "", number: "102" },
    at: instant(0),
    lasted: ms(1),
    isHeard,
    recording: "rec_1" as RecordingId,
    call: "call_1" as never,
  });
  const user = "usr_101" as UserId;
  const messages = [message("vm_1", true), message("vm_2", false), message("vm_3", false)];
  scene.mailboxes.set(user, { user, language: "en", greeting: null, messages });
  const counts = { user, fresh: 2, old: 1 };
  expect(watching.mailbox(asks("101"), "101")).toEqual(counts);
  expect(watching.mailbox(asks("102", admin), "101")).toEqual(counts);
  expect(watching.mailbox(asks("102"), "101")).toBeUndefined();
  expect(watching.mailbox(asks("102", admin), "199")).toBeUndefined();
});

test.each([
  ["presence.changed.v1", { extension: "101", presence: {} }, ["101 presence"]],
  ["presence.changed.v1", { extension: "101", presence: null }, ["101 presence", "101 calls", "101 mailbox"]],
  ["voicemail.changed.v1", { extension: "101", fresh: 1, old: 0 }, ["101 mailbox"]],
  ["device.registered.v1", { device: { extension: "101" } }, ["101 devices"]],
  ["device.unregistered.v1", { device: { extension: "101" } }, ["101 devices"]],
  ["config.changed.v1", { kind: "user", id: "usr_101" }, ["reconsider usr_101"]],
  ["config.changed.v1", { kind: "service", id: "9011" }, ["9011 calls"]],
  ["config.changed.v1", { kind: "trunk", id: "trk_1" }, []],
  ["history.recorded.v1", { call: "call_1", row: {}, extensions: ["101"] }, []],
])("%s of %o is told as %o", (event, data, expected) => {
  watching.presence(asks("101"), "102");
  hear(event, data);
  expect(told).toEqual(expected);
  expect(publish()).toEqual([]);
});
