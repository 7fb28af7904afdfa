import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ms } from "@cordboard/kernel";
import { sequenceDistance, timestampDistance } from "@cordboard/rtp";
import { afterEach, expect, test } from "vitest";
import type { WorkerThread } from "../src/worker-link.ts";
import { startWorker } from "../src/worker-link.ts";
import { leg, TestEngine } from "./engine.ts";

const [A, B] = [leg("A"), leg("B")];
let scene: TestEngine;
afterEach(() => scene.end());

const quick = { workerSilentAfter: ms(400), silentAfter: ms(10_000), reportEvery: ms(5000), latchWithin: ms(5000) };

test("a worker that is killed takes its legs along, gives their ports back, and is replaced", async () => {
  scene = await TestEngine.start({ workers: 2 });
  const { engine, threads } = scene;
  await scene.talking(A);
  const [b] = await scene.talking(B);
  const { portsFree } = engine.describe();
  engine.play(B, { kind: "tone", tone: "ringback" }, "act_1" as never);
  await b.heard(425);
  expect(engine.describe().workers.map(({ legs }) => legs)).toEqual([1, 1]);
  await threads[0]?.terminate();
  expect(await scene.fact("lost", A)).toMatchObject({ leg: A, why: expect.stringContaining("ended") });
  expect(await engine.close(A)).toBeUndefined();
  await expect.poll(() => engine.describe().workers.every(({ isAlive }) => isAlive)).toBe(true);
  expect(threads).toHaveLength(3);
  // The other worker's leg has not noticed.
  const count = b.packets.length;
  await b.until(() => b.packets.length > count + 10, "the other worker's tone");
  expect(scene.facts.filter(({ type }) => type === "lost")).toHaveLength(1);
  await expect.poll(() => engine.describe().portsFree).toBe(portsFree + 2);
  const [a] = await scene.talking(leg("again"));
  engine.play(leg("again"), { kind: "echo" }, "act_2" as never);
  await a.heard(440);
});

test("a worker that stands still is found out and replaced, and whoever waited for it is refused", async () => {
  let isFirst = true;
  scene = await TestEngine.start({
    timings: quick,
    startWorker: (data): WorkerThread => {
      if (!isFirst) return startWorker(data);
      isFirst = false;
      const stuck = `const { workerData } = require("node:worker_threads");
        Atomics.add(new Int32Array(workerData.beats), 0, 1);
        for (;;);`;
      return new Worker(stuck, { eval: true, workerData: data });
    },
  });
  expect(await scene.engine.open(A, { address: "127.0.0.1" })).toEqual({
    ok: false,
    error: { code: "sound-engine-away" },
  });
  expect(scene.log.lines).toContainEqual({
    message: "sound worker lost",
    fields: expect.objectContaining({ why: "worker stands still" }),
  });
  await expect.poll(() => scene.engine.describe().workers).toMatchObject([{ legs: 0, isAlive: true }]);
  await scene.opened(A);
});

test("a leg that is being closed when its worker dies is closed without figures, and not told as lost", async () => {
  scene = await TestEngine.start();
  await scene.opened(A);
  const closing = scene.engine.close(A);
  await scene.threads[0]?.terminate();
  await closing;
  expect(scene.facts).toEqual([]);
  expect(scene.engine.describe()).toMatchObject({ legs: 0, portsInUse: 0 });
});

test("legs of two workers are bridged on one, and their peers notice nothing", async () => {
  scene = await TestEngine.start({ workers: 2 });
  const { engine } = scene;
  const [a] = await scene.talking(A, { frequencyHz: 440 });
  const [b] = await scene.talking(B, { frequencyHz: 620 });
  expect(engine.describe().workers.map(({ legs }) => legs)).toEqual([1, 1]);
  for (const each of [A, B]) engine.play(each, { kind: "tone", tone: "ringback" }, "act_1" as never);
  await Promise.all([a.heard(425), b.heard(425)]);
  engine.bridge(A, B);
  engine.sendDigits(B, "42");
  await Promise.all([a.heard(620), b.heard(440), b.heardDigits("42")]);
  expect(engine.describe().workers.map(({ legs }) => legs)).toEqual([2, 0]);
  for (const peer of [a, b]) {
    expect(new Set(peer.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    for (const [i, packet] of peer.packets.slice(1).entries()) {
      const before = peer.packets[i] ?? packet;
      // A packet may be lost while the sockets are closed and bound again, of the one who sends it.
      expect(sequenceDistance(before.sequence, packet.sequence)).toBeGreaterThanOrEqual(1);
      expect(sequenceDistance(before.sequence, packet.sequence)).toBeLessThanOrEqual(3);
      expect(timestampDistance(before.timestamp, packet.timestamp)).toBeGreaterThanOrEqual(0);
    }
  }
  const quality = await engine.close(B);
  expect(quality?.packetsReceived).toBeGreaterThan(40);
});

test("orders that come while a leg moves are carried out in their order", async () => {
  scene = await TestEngine.start({ workers: 2 });
  const { engine } = scene;
  const [a] = await scene.talking(A, { frequencyHz: 440 });
  const [b] = await scene.talking(B, { frequencyHz: 620 });
  engine.bridge(A, B);
  engine.unbridge(B);
  engine.play(B, { kind: "tone", tone: "ringback" }, "act_1" as never);
  await b.heard(425);
  // What was ordered first is done first: A may have heard B until the order to part them came to the worker.
  const heard = a.packets.length;
  await b.resting(ms(200));
  expect(a.packets).toHaveLength(heard);
  engine.bridge(B, A);
  await Promise.all([a.heard(620), b.heard(440)]);
});

test("near a leg means on its worker", async () => {
  scene = await TestEngine.start({ workers: 2 });
  await scene.opened(A);
  for (const name of ["1", "2", "3"]) await scene.opened(leg(name), "127.0.0.1", A);
  expect(scene.engine.describe().workers.map(({ legs }) => legs)).toEqual([4, 0]);
});

test("stopping ends all legs and threads, whatever they were doing", async () => {
  scene = await TestEngine.start({ workers: 2 });
  const { engine, threads } = scene;
  const exits = threads.map((thread) => once(thread as Worker, "exit"));
  for (let i = 0; i < 15; i++) await scene.talking(leg(String(i)));
  for (let i = 0; i < 5; i++) engine.play(leg(String(i)), { kind: "music" }, "act_1" as never);
  for (let i = 5; i < 15; i += 2) engine.bridge(leg(String(i)), leg(String(i + 1)));
  await engine.stopAll();
  expect(engine.describe()).toMatchObject({ legs: 0, portsInUse: 0 });
  await Promise.all(exits);
});
