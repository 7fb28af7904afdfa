import type { Clock, DeviceId, Envelope, TenantId, UserId } from "@cordboard/kernel";
import { instant, isoText, ms, seconds } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { CallScene } from "../../test/call-scene.ts";
import type { EventBus } from "../bus/index.ts";
import type { Directory, ReachPreferences } from "../directory/index.ts";
import { plainReach } from "../directory/index.ts";
import type { EventData } from "../events/index.ts";
import { emptyLiveState, foldLiveState } from "../events/index.ts";
import type { OwnStatuses } from "./own-statuses.ts";
import { LONGEST_STATUS_TEXT, openOwnStatuses } from "./own-statuses.ts";
import type { OwnStatusStore } from "./ports.ts";
import type { Presences } from "./presences.ts";
import { openPresences } from "./presences.ts";
import { CLIENT_GRACE } from "./roster.ts";
import type { OwnStatus, StoredStatus } from "./types.ts";

const acme = "ten_demo" as TenantId;
const anna = "usr_101" as UserId;
const bert = "usr_102" as UserId;

/** A bus that hands round one event after the other, and remembers those about presences. */
function makeBus() {
  const listeners: ((envelope: Envelope) => void)[] = [];
  const waiting: Envelope[] = [];
  let seq = 0;
  const heard: EventData["presence.changed.v1"][] = [];
  const bus: EventBus = {
    publish(tenant, event, data) {
      const envelope = { epoch: "run1", seq: ++seq, tenant, at: instant(0), event, data };
      if (event === "presence.changed.v1") heard.push(data as EventData["presence.changed.v1"]);
      waiting.push(envelope);
      if (waiting.length > 1) return envelope;
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        for (const listener of listeners) listener(next);
        waiting.shift();
      }
      return envelope;
    },
    subscribe(_tenant, listener) {
      listeners.push(listener);
      return () => listeners.splice(listeners.indexOf(listener), 1);
    },
    position: () => ({ epoch: "run1", seq }),
    since: () => [],
  };
  return { bus, heard, listeners };
}

/** A company of 101 to 104 whose presences are followed. */
class Watch {
  readonly clock: ManualClock = manualClock();
  readonly scene: CallScene = new CallScene();
  readonly made: ReturnType<typeof makeBus> = makeBus();
  readonly kept: StoredStatus[] = [];
  readonly gone: Set<UserId> = new Set();
  readonly unregistered: Set<UserId> = new Set();
  /** Of all timers that were started. */
  longestWait = 0;
  #presences: Presences | undefined;
  #statuses: OwnStatuses | undefined;
  /** Ends the next save. */
  save: () => Promise<void> = () => Promise.resolve();

  async open(): Promise<this> {
    const { directory } = this.scene.world;
    const clock: Clock = {
      ...this.clock,
      after: (delay, task) => {
        this.longestWait = Math.max(this.longestWait, delay);
        return this.clock.after(delay, task);
      },
    };
    const here: Directory = {
      ...directory,
      user: (tenant, id) => (this.gone.has(id) ? undefined : directory.user(tenant, id)),
      devices: (tenant, id) => (this.unregistered.has(id) ? [] : directory.devices(tenant, id)),
    };
    const store: OwnStatusStore = {
      load: () => Promise.resolve(this.kept),
      save: async (tenant, user, status) => {
        await this.save();
        this.kept.splice(0, this.kept.length, ...(status === null ? [] : [{ tenant, user, ...status }]));
      },
    };
    this.#statuses = await openOwnStatuses({ store, directory: here, clock });
    this.#presences = openPresences({
      bus: this.made.bus,
      clock,
      calls: { views: () => Object.values(this.scene.state.calls) },
      directory: here,
      statuses: this.#statuses,
    });
    this.#presences.follow(acme);
    return this;
  }

  get all(): Presences {
    if (this.#presences === undefined) throw new Error("not open");
    return this.#presences;
  }

  get statuses(): OwnStatuses {
    if (this.#statuses === undefined) throw new Error("not open");
    return this.#statuses;
  }

  /** Publishes what the calls have come to tell. */
  tell(): void {
    for (const { event, data } of this.scene.events.splice(0)) this.made.bus.publish(acme, event, data);
  }

  device(event: "device.registered.v1" | "device.unregistered.v1", extension: string): void {
    const device = { id: "dev_1" as DeviceId, extension, userAgent: "", transport: "udp", contact: "" };
    this.made.bus.publish(acme, event, { device });
  }

  config(id: UserId): void {
    this.made.bus.publish(acme, "config.changed.v1", { kind: "user", id });
  }

  /** What was published since the last look, as `extension shown`. */
  news(): readonly string[] {
    return this.made.heard
      .splice(0)
      .map(({ extension, presence }) => `${extension} ${presence === null ? "gone" : presence.shown}`);
  }
}

let watch: Watch;
beforeEach(async () => {
  watch = await new Watch().open();
});

test("all begin as what is known of them, and nothing is told", () => {
  expect(watch.all.views(acme).map(({ extension, shown, isRegistered }) => [extension, shown, isRegistered])).toEqual([
    ["101", "offline", true],
    ["102", "offline", true],
    ["103", "offline", false],
    ["104", "offline", false],
  ]);
  expect(watch.news()).toEqual([]);
});

test("a call shows at both ends, from dialling to hanging up, each change once", () => {
  const { scene } = watch;
  const caller = scene.phoneCalls("102");
  scene.bookKeeps();
  watch.tell();
  expect(watch.news()).toEqual(["101 talking"]);
  const [first, second] = scene.placedSince(caller);
  scene.rings(first);
  scene.rings(second);
  watch.tell();
  expect(watch.news()).toEqual(["102 ringing"]);
  scene.answers(second);
  scene.gone(first, "completed-elsewhere");
  scene.digit(caller, "5");
  watch.tell();
  expect(watch.news()).toEqual(["102 talking"]);
  scene.hangsUp(caller, "caller");
  scene.gone(second);
  watch.tell();
  expect(watch.news().toSorted()).toEqual(["101 offline", "102 offline"]);
});

test("who has a second call goes back to what the first is when that ends", () => {
  const { scene } = watch;
  const [own, other] = [scene.phoneCalls("9000"), scene.phoneCalls("9001")];
  scene.bookKeeps();
  watch.tell();
  expect(watch.news()).toEqual(["101 talking"]);
  scene.hangsUp(own, "caller");
  watch.tell();
  expect(watch.news()).toEqual([]);
  scene.hangsUp(other, "caller");
  watch.tell();
  expect(watch.news()).toEqual(["101 offline"]);
});

test("calls that are up when the watch begins count", async () => {
  const late = new Watch();
  late.scene.phoneCalls("9000");
  late.scene.bookKeeps();
  await late.open();
  expect(late.all.view(acme, anna)?.shown).toBe("talking");
});

test("a registration is told when it comes and goes, whatever is shown", () => {
  watch.unregistered.add(anna);
  watch.device("device.unregistered.v1", "101");
  watch.device("device.unregistered.v1", "101");
  expect(watch.made.heard).toMatchObject([{ extension: "101", presence: { shown: "offline", isRegistered: false } }]);
  watch.unregistered.delete(anna);
  watch.device("device.registered.v1", "101");
  expect(watch.made.heard).toHaveLength(2);
});

describe("a program that shows a user the live state", () => {
  test("makes it available, and offline again some seconds after the last has gone", () => {
    const [one, two] = [watch.all.connect(acme, anna), watch.all.connect(acme, anna)];
    expect(watch.news()).toEqual(["101 available"]);
    one();
    one();
    watch.clock.advance(CLIENT_GRACE);
    expect(watch.news()).toEqual([]);
    two();
    watch.clock.advance(ms(CLIENT_GRACE - 1));
    expect(watch.news()).toEqual([]);
    watch.clock.advance(ms(1));
    expect(watch.news()).toEqual(["101 offline"]);
  });

  test("that comes back in time has not been away", () => {
    watch.all.connect(acme, anna)();
    watch.clock.advance(ms(CLIENT_GRACE - 1));
    watch.all.connect(acme, anna);
    watch.clock.advance(CLIENT_GRACE);
    expect(watch.news()).toEqual(["101 available"]);
    expect(watch.clock.pending).toBe(0);
  });

  test("of nobody that there is counts for nobody", () => {
    watch.all.connect(acme, "usr_none" as UserId)();
    expect(watch.clock.pending).toBe(0);
  });
});

describe("what a user says of itself", () => {
  const lunch = (minutes: number | null): OwnStatus => ({
    status: "away",
    text: "at lunch",
    until: minutes === null ? null : instant(watch.clock.now() + minutes * 60_000),
  });

  test("is kept, then told, and runs out in time", async () => {
    watch.all.connect(acme, anna);
    const until = lunch(90).until;
    expect(await watch.statuses.say(acme, anna, lunch(90))).toEqual({ ok: true });
    expect(watch.kept).toEqual([{ tenant: acme, user: anna, status: "away", text: "at lunch", until }]);
    expect(watch.made.heard.at(-1)?.presence).toMatchObject({ text: "at lunch", until: isoText(until ?? instant(0)) });
    expect(watch.news()).toEqual(["101 available", "101 away"]);
    watch.clock.advance(ms(90 * 60_000 - 1));
    expect(watch.news()).toEqual([]);
    watch.clock.advance(ms(1));
    expect(watch.made.heard.at(-1)?.presence).toMatchObject({ shown: "available", text: "", until: null });
    expect(watch.news()).toEqual(["101 available"]);
    expect(watch.clock.pending).toBe(0);
  });

  test("runs out after more days than a timer takes", async () => {
    await watch.statuses.say(acme, anna, lunch(60 * 24 * 60));
    expect(watch.longestWait).toBeLessThan(2 ** 31);
    watch.clock.advance(seconds(60 * 24 * 3600 - 1));
    expect(watch.all.view(acme, anna)?.shown).toBe("away");
    watch.clock.advance(seconds(1));
    expect(watch.all.view(acme, anna)?.shown).toBe("offline");
  });

  test("is there after a restart, unless its time is over", async () => {
    const later = new Watch();
    later.kept.push({ tenant: acme, user: anna, ...lunch(null) });
    later.kept.push({ tenant: acme, user: bert, ...lunch(null), until: instant(later.clock.now() - 1) });
    await later.open();
    expect(later.all.views(acme).map(({ shown }) => shown)).toEqual(["away", "offline", "offline", "offline"]);
  });

  test("can be taken back", async () => {
    await watch.statuses.say(acme, anna, lunch(1));
    await watch.statuses.say(acme, anna, null);
    expect(watch.news()).toEqual(["101 away", "101 offline"]);
    expect(watch.kept).toEqual([]);
    expect(watch.clock.pending).toBe(0);
  });

  test.each([
    ["of nobody", "usr_none", {}, { code: "no-such-user" }],
    ["too long", "usr_101", { text: "x".repeat(LONGEST_STATUS_TEXT + 1) }, { code: "text-too-long", most: 200 }],
    ["over before it begins", "usr_101", { until: instant(1) }, { code: "until-is-past" }],
  ])("%s is refused and changes nothing", async (_what, user, change, error) => {
    const status = { ...lunch(null), ...change };
    expect(await watch.statuses.say(acme, user as UserId, status)).toEqual({ ok: false, error });
    expect([watch.kept, watch.news()]).toEqual([[], []]);
  });

  test("that could not be kept is not told, and the next one is", async () => {
    watch.save = () => Promise.reject(new Error("away"));
    await expect(watch.statuses.say(acme, anna, lunch(1))).rejects.toThrow("away");
    expect(watch.news()).toEqual([]);
    watch.save = () => Promise.resolve();
    await watch.statuses.say(acme, anna, lunch(1));
    expect(watch.news()).toEqual(["101 away"]);
  });

  test("twice at once is told in the order in which it is kept", async () => {
    const slow = Promise.withResolvers<void>();
    watch.save = () => slow.promise;
    const first = watch.statuses.say(acme, anna, lunch(null));
    watch.save = () => Promise.resolve();
    const second = watch.statuses.say(acme, anna, { status: "do-not-disturb", text: "", until: null });
    slow.resolve();
    await Promise.all([first, second]);
    expect(watch.news()).toEqual(["101 away", "101 do-not-disturb"]);
  });
});

test("phones that are not to ring show when the wish is committed", () => {
  const quiet: ReachPreferences = { ...plainReach, doNotDisturb: true };
  watch.scene.wishes.set("101", quiet);
  expect(watch.news()).toEqual([]);
  watch.config(anna);
  watch.config(anna);
  expect(watch.news()).toEqual(["101 do-not-disturb"]);
});

test("a user who is removed goes, with its timers, and one who is added comes", async () => {
  await watch.statuses.say(acme, anna, { status: "away", text: "", until: instant(watch.clock.now() + 1_000) });
  watch.all.connect(acme, anna)();
  watch.gone.add(anna);
  watch.config(anna);
  expect(watch.news()).toEqual(["101 away", "101 away", "101 gone"]);
  expect(watch.clock.pending).toBe(0);
  expect(watch.all.view(acme, anna)).toBeUndefined();
  watch.gone.delete(anna);
  watch.config(anna);
  expect(watch.news()).toEqual(["101 offline"]);
});

test("who does not want to be disturbed, by wish or by word, is not rung for as long as either holds", async () => {
  const { scene, statuses, clock } = watch;
  const isQuiet = (): boolean => {
    const user = scene.world.directory.user(acme, anna);
    return user !== undefined && statuses.isQuiet(user);
  };
  const until = instant(clock.now() + 1_000);
  await statuses.say(acme, anna, { status: "do-not-disturb", text: "", until });
  expect(isQuiet()).toBe(true);
  clock.advance(seconds(1));
  expect(isQuiet()).toBe(false);
  scene.wishes.set("101", { ...plainReach, doNotDisturb: true });
  await statuses.say(acme, anna, { status: "available", text: "", until: null });
  expect(isQuiet()).toBe(true);
});

test("since stays while the same is shown", async () => {
  const begun = isoText(watch.clock.now());
  watch.clock.advance(seconds(60));
  watch.unregistered.add(anna);
  watch.device("device.unregistered.v1", "101");
  expect(watch.all.view(acme, anna)?.since).toBe(begun);
  watch.all.connect(acme, anna);
  expect(watch.all.view(acme, anna)?.since).toBe(isoText(watch.clock.now()));
});

test("what is told folds to what a snapshot would say", async () => {
  let state = emptyLiveState;
  watch.made.bus.subscribe(acme, ({ event, data }) => {
    if (event === "presence.changed.v1") state = foldLiveState(state, event, data as EventData["presence.changed.v1"]);
  });
  watch.all.connect(acme, bert);
  await watch.statuses.say(acme, anna, { status: "away", text: "", until: null });
  watch.scene.phoneCalls("102");
  watch.scene.bookKeeps();
  watch.tell();
  const told = watch.all.views(acme).filter(({ extension }) => extension === "101" || extension === "102");
  expect(Object.values(state.presences).toSorted((a, b) => a.extension.localeCompare(b.extension))).toEqual(told);
  watch.gone.add(bert);
  watch.config(bert);
  expect(Object.keys(state.presences)).toEqual(["101"]);
});

test("nothing is told once it has stopped", async () => {
  await watch.statuses.say(acme, anna, { status: "away", text: "", until: instant(watch.clock.now() + 1_000) });
  watch.news();
  watch.all.stop();
  watch.clock.advance(seconds(60));
  watch.config(bert);
  expect(watch.news()).toEqual([]);
  expect(watch.made.listeners).toEqual([]);
});
