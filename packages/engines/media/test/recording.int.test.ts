import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RecordOrder } from "@cordboard/core";
import type { RecordingId } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import { decodeG711, isToneHeard, readWav, toneTime } from "@cordboard/sound";
import type { RtpPeer } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repairWavFile } from "../src/index.ts";
import { leg, TestEngine } from "./engine.ts";

const [A, B, C] = [leg("A"), leg("B"), leg("C")];
/** Nothing but one tone. */
const PURE = { minShare: 0.9 };
let folder: string;
let scene: TestEngine | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cordboard-recording-"));
});
afterEach(async () => {
  await scene?.end();
  scene = undefined;
  await rm(folder, { recursive: true });
});

/** The tracks of a file as it lies there. */
async function tracks(path: string): Promise<readonly Int16Array[]> {
  const wav = readWav(await readFile(path));
  if (!wav.ok || wav.value.encoding === "pcm16") throw new Error("not what we write");
  const { encoding, channels, data } = wav.value;
  const all = decodeG711(encoding, data);
  return Array.from({ length: channels }, (_, track) => all.filter((_sample, i) => i % channels === track));
}

const orderOf = (name: string): RecordOrder => ({
  recording: `rec_${name}` as RecordingId,
  path: join(folder, "deep", "down", `${name}.wav`),
  tracks: "both",
  atMost: seconds(60),
  untilSilence: null,
  hasNotice: false,
});

test("after kill -9 the files play up to the last second, and repaired at least as far", async () => {
  const script = fileURLToPath(new URL("./recorder.ts", import.meta.url));
  const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await ended;
  for (const [name, tones] of [
    ["both", [440, 620]],
    ["leg", [620]],
  ] as const) {
    const path = join(folder, `${name}.wav`);
    const before = await tracks(path);
    expect(before).toHaveLength(tones.length);
    for (const [i, tone] of tones.entries()) {
      const track = before[i] ?? new Int16Array(0);
      expect(track.length).toBeGreaterThanOrEqual(2.5 * 8000);
      expect(toneTime(track.subarray(1600), tone, PURE)).toBeGreaterThan(0.7);
      expect(toneTime(track.subarray(-4000), tone, PURE)).toBeGreaterThan(0.7);
    }
    const repaired = await repairWavFile(path);
    expect(repaired.ok && repaired.value).toBeGreaterThanOrEqual((before[0]?.length ?? 0) / 8);
    expect((await tracks(path))[0]?.length).toBe(repaired.ok && repaired.value * 8);
  }
});

test("a recording goes on when its leg moves to the worker of a room", async () => {
  scene = await TestEngine.start({ workers: 2 });
  const { engine } = scene;
  const [a] = await scene.talking(A, { frequencyHz: 440 });
  const [b] = await scene.talking(B, { frequencyHz: 620 });
  const [c] = await scene.talking(C, { frequencyHz: 880 });
  expect(engine.describe().workers.map(({ legs }) => legs)).toEqual([2, 1]);
  const order = orderOf("1");
  engine.record(B, order);
  await b.resting(ms(1300));
  for (const each of [A, B, C]) engine.mix(each, "room", "all");
  expect(engine.describe().workers.map(({ legs }) => legs)).toEqual([3, 0]);
  // What the others say, in equal shares.
  const share = { minShare: 0.35, minLevelDbm0: -20 };
  const hears = (peer: RtpPeer, ...tones: readonly number[]): Promise<void> =>
    peer.until(() => {
      const samples = peer.lastSamples(4000);
      return samples.length === 4000 && tones.every((hz) => isToneHeard(samples, hz, share));
    }, "all others");
  await Promise.all([hears(a, 620, 880), hears(b, 440, 880), hears(c, 440, 620)]);
  engine.stopRecording(B, order.recording);
  const { lasted, why } = await scene.fact("record-done", B);
  expect(why).toBe("stopped");
  const [said, heard] = await tracks(order.path);
  if (said === undefined || heard === undefined) throw new Error("not two tracks");
  expect(said.length).toBe(lasted * 8);
  expect(lasted).toBeGreaterThan(1600);
  expect(toneTime(said.subarray(1600), 620, PURE)).toBeGreaterThan(0.7);
  expect(toneTime(heard.subarray(-4000), 880, share)).toBeGreaterThan(0.3);
  expect(scene.facts.filter(({ type }) => type === "record-done")).toHaveLength(1);
});

test("a worker that is killed leaves a file that plays, and its recording's end is told before the leg is lost", async () => {
  scene = await TestEngine.start();
  await scene.talking(A, { frequencyHz: 440 });
  const order = orderOf("1");
  scene.engine.record(A, order);
  const written = async (): Promise<number> => {
    const [said] = await tracks(order.path).catch(() => []);
    return said?.length ?? 0;
  };
  await expect.poll(written, { timeout: 10_000 }).toBeGreaterThanOrEqual(8000);
  await scene.threads[0]?.terminate();
  await scene.fact("lost", A);
  expect(scene.facts.map(({ type }) => type)).toEqual(["record-done", "lost"]);
  expect(scene.facts[0]).toMatchObject({ recording: order.recording, why: "fault" });
  const [said] = await tracks(order.path);
  expect(toneTime(said?.subarray(1600) ?? new Int16Array(0), 440, PURE)).toBeGreaterThan(0.7);
});

test("a file that cannot be made ends the recording as a fault, and not the leg", async () => {
  scene = await TestEngine.start();
  const [a] = await scene.talking(A, { frequencyHz: 440 });
  scene.engine.play(A, { kind: "echo" }, "act_1" as never);
  scene.engine.record(A, { ...orderOf("1"), path: join(folder, "a\0b", "1.wav") });
  expect(await scene.fact("record-done", A)).toMatchObject({ why: "fault", lasted: 0 });
  expect(scene.log.lines).toMatchObject([{ message: "recording ended early" }]);
  await a.heard(440);
});
