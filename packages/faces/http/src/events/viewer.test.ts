import { createEventBus } from "@cordboard/bus";
import type { Actor, LiveView, Topic } from "@cordboard/core";
import { noLimits } from "@cordboard/core";
import type { KeyId } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import { manualClock } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { acme, makeCompany } from "../../test/company.ts";
import { Room } from "./room.ts";
import type { Connection } from "./types.ts";
import { defaultStreamLimits } from "./types.ts";
import { Viewer } from "./viewer.ts";

const admin: Actor = {
  tenant: acme,
  kind: "key",
  user: undefined,
  extension: undefined,
  key: "key_ALL" as KeyId,
  roles: ["admin"],
  limits: noLimits,
};
const everything: ReadonlySet<Topic> = new Set(["calls", "devices", "config"]);

/** A connection that keeps what it is given and takes no more when it is told so. */
class Paper implements Connection {
  readonly encoding = "event-stream";
  readonly #texts: string[] = [];
  isFull = false;
  ended: string | undefined;
  isAlive = true;

  write(bytes: Buffer): boolean {
    this.#texts.push(bytes.toString());
    return !this.isFull;
  }
  cork(): void {}
  uncork(): void {}
  end(why: string): void {
    this.ended = why;
  }
  probe(): boolean {
    return this.isAlive;
  }
  destroy(): void {
    this.ended = "destroyed";
  }
  /** Type and number of each frame since this was last asked. */
  read(): readonly string[] {
    const frames = this.#texts.splice(0).map((text) => /"type":"(\w+)".*?"seq":(\d+)/s.exec(text));
    return frames.map((found) => `${found?.[1]} ${found?.[2]}`);
  }
}

function makeRoom(change: { readonly live?: (company: LiveView) => LiveView } = {}) {
  const clock = manualClock();
  const bus = createEventBus({ clock, epoch: "e1" });
  const company = makeCompany(bus);
  const live = change.live?.(company.live) ?? company.live;
  const room = new Room({ tenant: acme, bus, live, onEvent() {}, onLoss() {} });
  const enter = (since?: number) => {
    const paper = new Paper();
    const options = { actor: admin, topics: everything, connection: paper, room, limits: defaultStreamLimits, clock };
    const viewer = new Viewer(options);
    room.add(viewer);
    viewer.start(since === undefined ? undefined : { epoch: "e1", seq: since });
    return { paper, viewer };
  };
  const publish = (count = 1) => {
    for (let i = 0; i < count; i++) company.publish("config.changed.v1", { kind: "trunk", id: "trk_1" });
  };
  return { clock, company, room, enter, publish };
}

/** Lets everything that was put off to a later turn happen. */
async function later(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await new Promise((next) => setImmediate(next));
}

test("who enters between an event and its round has it once, in the state", async () => {
  const { enter, publish } = makeRoom();
  const first = enter();
  publish();
  const second = enter();
  const third = enter(0);
  publish();
  await later();
  expect(first.paper.read()).toEqual(["hello 0", "snapshot 0", "event 1", "event 2"]);
  expect(second.paper.read()).toEqual(["hello 1", "snapshot 1", "event 2"]);
  expect(third.paper.read()).toEqual(["hello 1", "event 1", "event 2"]);
});

test("a view that is behind the bus is made up for from the ring", async () => {
  const { enter, publish } = makeRoom({
    live: (live) => ({
      snapshot: (actor, topics) => ({ ...live.snapshot(actor, topics), position: { epoch: "e1", seq: 1 } }),
    }),
  });
  publish(3);
  await later();
  const { paper } = enter();
  await later();
  publish();
  await later();
  expect(paper.read()).toEqual(["hello 3", "snapshot 1", "event 2", "event 3", "event 4"]);
});

test("two thousand events may wait; with one more the queue is lost, told when it drains", async () => {
  const { enter, publish } = makeRoom();
  const { paper, viewer } = enter();
  paper.isFull = true;
  publish();
  await later();
  publish(1500);
  await later();
  publish(500);
  await later();
  expect(viewer.queuedEvents).toBe(2000);
  publish();
  await later();
  expect(viewer.queuedEvents).toBe(0);
  paper.isFull = false;
  viewer.drained();
  publish();
  await later();
  expect(paper.read()).toEqual(["hello 0", "snapshot 0", "event 1", "gap 2002", "snapshot 2002", "event 2003"]);
});

test("a mebibyte may wait, and what fits leaves in order", async () => {
  const { enter, company } = makeRoom();
  const { paper, viewer } = enter();
  paper.isFull = true;
  for (let calls = 0; calls < 10; calls++) company.startCall("101", 100_000);
  await later();
  expect(viewer.queuedEvents).toBe(9);
  company.startCall("101", 200_000);
  await later();
  expect(viewer.queuedBytes).toBe(0);
  viewer.drained();
  expect(paper.read()).toEqual(["hello 0", "snapshot 0", "event 1", "gap 11", "snapshot 11"]);

  company.startCall("101");
  company.startCall("101");
  await later();
  paper.isFull = false;
  viewer.drained();
  expect(paper.read()).toEqual(["event 12", "event 13"]);
});

test("the third loss in a minute ends the stream, a third after it does not", async () => {
  for (const pause of [29, 30]) {
    const { clock, enter, publish } = makeRoom();
    const { paper, viewer } = enter();
    for (let loss = 0; loss < 3; loss++) {
      if (loss > 0) clock.advance(seconds(pause));
      paper.isFull = true;
      publish();
      await later();
      for (let round = 0; round < 2; round++) {
        publish(1100);
        await later();
      }
      paper.isFull = false;
      viewer.drained();
    }
    expect(paper.ended).toBe(pause === 29 ? "too-slow" : undefined);
  }
});

test("who catches up reads no faster than it can, and goes on when it drains", async () => {
  const { enter, publish } = makeRoom();
  publish(1000);
  const { paper, viewer } = enter(0);
  paper.isFull = true;
  await later();
  const before = paper.read().length;
  expect(before).toBeLessThan(300);
  publish(2000);
  await later();
  expect(paper.read()).toEqual([]);
  expect(viewer.queuedEvents).toBe(0);
  paper.isFull = false;
  viewer.drained();
  for (let turns = 0; turns < 5; turns++) await later();
  expect(paper.read().at(-1)).toBe("event 3000");
});

test("a dead peer is dropped; a blocked one is not pinged into its queue", () => {
  const { enter } = makeRoom();
  const { paper, viewer } = enter();
  viewer.ping();
  expect(paper.read().at(-1)).toBe("ping 0");
  paper.isAlive = false;
  viewer.ping();
  expect(paper.ended).toBe("destroyed");
});
