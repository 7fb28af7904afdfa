import type { Actor, EventData, EventName, LiveState, Topic } from "@cordboard/core";
import { emptyLiveState, eventCatalogue, foldLiveState, noLimits } from "@cordboard/core";
import type { KeyId, UserId } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import { seededRandom } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acme } from "./company.ts";
import type { EventsWorld } from "./events-world.ts";
import { makeEventsWorld } from "./events-world.ts";
import type { RawWebSocket } from "./raw-web-socket.ts";
import { openWebSocket } from "./raw-web-socket.ts";

const CUTS = 240;
const WANTED_GAPS = 50;
const RING = 48;
const EVENTS_BETWEEN = 12;

let world: EventsWorld;
beforeEach(async () => {
  world = await makeEventsWorld({ ring: RING, limits: { queueEvents: 40, queueBytes: 64 * 1024 } });
});
afterEach(() => world.close());

type StreamFrame =
  | { readonly type: "hello" | "gap" | "ping"; readonly epoch: string; readonly seq: number }
  | { readonly type: "snapshot"; readonly epoch: string; readonly seq: number; readonly state: LiveState }
  | {
      readonly type: "event";
      readonly epoch: string;
      readonly seq: number;
      readonly event: EventName;
      readonly data: EventData[EventName];
    };

/** A client that folds what it hears and resumes where it was cut. */
class Folder {
  readonly actor: Actor;
  readonly #headers: Readonly<Record<string, string>>;
  state: LiveState = emptyLiveState;
  gaps = 0;
  gapsAfterCuts = 0;
  #position: string | undefined;
  #seq = 0;
  #isFirstFrame = true;
  #isAfterHello = false;
  client: RawWebSocket | undefined;

  constructor(actor: Actor, headers: Readonly<Record<string, string>>) {
    this.actor = actor;
    this.#headers = headers;
  }

  async connect(): Promise<RawWebSocket> {
    this.#isFirstFrame = true;
    const path = this.#position === undefined ? "/events" : `/events?since=${this.#position}`;
    const onText = (text: string): void => this.#hear(JSON.parse(text) as StreamFrame);
    this.client = await openWebSocket({ port: world.port, path, headers: this.#headers, onText });
    return this.client;
  }

  #hear(frame: StreamFrame): void {
    expect(frame.type === "hello").toBe(this.#isFirstFrame);
    this.#isFirstFrame = false;
    if (frame.type === "gap") {
      this.gaps++;
      if (this.#isAfterHello) this.gapsAfterCuts++;
    }
    this.#isAfterHello = frame.type === "hello";
    if (frame.type === "hello" || frame.type === "gap") return;
    if (frame.type === "event") {
      expect(frame.seq).toBeGreaterThan(this.#seq);
      this.state = foldLiveState(this.state, frame.event, frame.data);
    } else {
      expect(frame.seq).toBeGreaterThanOrEqual(this.#seq);
      if (frame.type === "snapshot") this.state = frame.state;
    }
    this.#seq = frame.seq;
    this.#position = `${frame.epoch}:${frame.seq}`;
  }
}

const actor = (change: Partial<Actor>): Actor => ({
  tenant: acme,
  kind: "key",
  user: undefined,
  extension: undefined,
  key: undefined,
  roles: ["admin"],
  limits: noLimits,
  ...change,
});
const folders = (): readonly Folder[] => [
  new Folder(actor({ key: "key_ALL" as KeyId }), { "x-api-key": "all" }),
  new Folder(actor({ kind: "user", user: "usr_101" as UserId, extension: "101", roles: ["user"] }), {
    authorization: `Basic ${btoa("101:101")}`,
  }),
  new Folder(actor({ key: "key_103" as KeyId, limits: { ...noLimits, extensions: ["103"] } }), { "x-api-key": "103" }),
];

/** Waits until the client has come as far as the stream is now, by the ping that says so. */
async function caughtUp(folder: Folder): Promise<void> {
  await folder.client?.heard();
  const ping = `{"type":"ping","epoch":"run1","seq":${world.seq()}}`;
  const pinged = folder.client?.until((text) => text === ping);
  world.clock.advance(seconds(15));
  await pinged;
}

const everyTopic: ReadonlySet<Topic> = new Set(eventCatalogue.map(({ topic }) => topic));
const expectSame = (folder: Folder): void =>
  expect(folder.state).toEqual(world.company.live.snapshot(folder.actor, everyTopic).state);

test.each([1, 2, 3])(
  "viewers of three sights that are cut anywhere come to the server's state (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const viewers = folders();
    for (const viewer of viewers) await viewer.connect();
    for (let cuts = 0; cuts < CUTS; ) {
      for (let happened = 0; happened < EVENTS_BETWEEN; happened++) world.company.happen(random);
      const viewer = viewers[random.between(0, viewers.length - 1)];
      if (viewer?.client === undefined) continue;
      viewer.client.cutAfter(random.between(1, 3000));
      const missed = random.between(0, 2 * RING);
      for (let happened = 0; happened < missed; happened++) world.company.happen(random);
      if (random.chance(0.5)) viewer.client.destroy();
      else while ((await Promise.race([viewer.client.closed, turn()])) !== "cut") world.company.happen(random);
      cuts++;
      await viewer.connect();
    }
    for (const viewer of viewers) {
      await caughtUp(viewer);
      expectSame(viewer);
    }
    const gaps = viewers.reduce((sum, { gapsAfterCuts }) => sum + gapsAfterCuts, 0);
    expect(gaps).toBeGreaterThanOrEqual(WANTED_GAPS);
  },
);

test("a slow viewer loses its queue, is told so, and comes to the server's state", async () => {
  const [viewer] = folders();
  if (viewer === undefined) throw new Error("no viewer");
  const client = await viewer.connect();
  await client.heard();
  for (let round = 1; round <= 2; round++) {
    client.pause();
    await flood();
    client.resume();
    await caughtUp(viewer);
    expectSame(viewer);
    expect(viewer.gaps).toBe(round);
  }
  expect(viewer.gapsAfterCuts).toBe(0);
  expect(world.face.describe()).toMatchObject({ losses: 2, tooSlow: 0, queuedBytes: 0, queuedEvents: 0 });

  client.pause();
  await flood();
  expect(world.face.describe()).toMatchObject({ losses: 3, tooSlow: 1 });
  client.resume();
  expect(await client.closed).toBe(1013);
});

/** Makes calls of 256 KiB until a viewer that does not read has lost its queue. */
async function flood(): Promise<void> {
  const { losses } = world.face.describe();
  for (let calls = 0; world.face.describe().losses === losses; calls++) {
    if (calls > 1000) throw new Error("nothing was lost");
    world.company.endCall(world.company.startCall("101", 256 * 1024));
    await turn();
  }
}

/** Lets the event loop go round once. */
const turn = (): Promise<"turn"> => new Promise((next) => setImmediate(next, "turn"));
