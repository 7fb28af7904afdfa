import type { RecordEnd, RecordOrder } from "@cordboard/core";
import type { Millis, RecordingId } from "@cordboard/kernel";
import { ms, seconds } from "@cordboard/kernel";
import { decodeG711, encodeG711, isToneHeard, readTone, readWav, soundLevelDbm0, steadyTone } from "@cordboard/sound";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import type { RecordingSnapshot } from "./leg-recording.ts";
import { LegRecording } from "./leg-recording.ts";
import { Pacer } from "./pacer.ts";
import type { RecordingDisk } from "./recording-file.ts";

const GIB = 1024 ** 3;

/** A disk in memory, with one file. */
class MemoryDisk implements RecordingDisk {
  bytes: Uint8Array = new Uint8Array(0);
  /** What a crash after each write would have left. */
  readonly crashes: Uint8Array[] = [];
  free = 10 * GIB;
  isClosed = false;
  /** Settles before each write. */
  pace: Promise<void> = Promise.resolve();
  fault: Error | undefined;

  async create(): ReturnType<RecordingDisk["create"]> {
    this.bytes = new Uint8Array(0);
    return this.reopen();
  }
  async reopen(): ReturnType<RecordingDisk["reopen"]> {
    this.isClosed = false;
    return {
      write: async (bytes, at) => {
        await this.pace;
        if (this.fault !== undefined) throw this.fault;
        const next = new Uint8Array(Math.max(this.bytes.length, at + bytes.length));
        next.set(this.bytes);
        next.set(bytes, at);
        this.bytes = next;
        this.crashes.push(next);
      },
      truncate: async (length) => {
        this.bytes = this.bytes.slice(0, length);
      },
      close: async () => {
        this.isClosed = true;
      },
    };
  }
  async space(): ReturnType<RecordingDisk["space"]> {
    return { free: this.free, size: 100 * GIB };
  }
}

/** Both channels of a file; the second is empty in a file with one. */
function channels(file: Uint8Array): readonly [Int16Array, Int16Array] {
  const wav = readWav(file);
  if (!wav.ok || wav.value.encoding === "pcm16") throw new Error("not what we write");
  const all = decodeG711(wav.value.encoding, wav.value.data);
  if (wav.value.channels === 1) return [all, new Int16Array(0)];
  return [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)];
}

let clock: ManualClock;
let disk: MemoryDisk;
let done: { readonly lasted: Millis; readonly why: RecordEnd }[];
let troubles: string[];
beforeEach(() => {
  clock = manualClock();
  disk = new MemoryDisk();
  done = [];
  troubles = [];
});

function record(changes: Partial<RecordOrder> = {}): LegRecording {
  return begun({ order: orderOf(changes), bytes: 0 });
}

function orderOf(changes: Partial<RecordOrder>): RecordOrder {
  return {
    recording: "rec_1" as RecordingId,
    path: "1.wav",
    tracks: "both",
    atMost: seconds(600),
    untilSilence: null,
    hasNotice: false,
    ...changes,
  };
}

function begun(snapshot: RecordingSnapshot): LegRecording {
  return new LegRecording(snapshot, {
    pacer: new Pacer(clock),
    disk,
    onDone: (lasted, why) => done.push({ lasted, why }),
    onTrouble: (_trouble, detail) => troubles.push(detail),
  });
}

const [left, right] = [steadyTone(-10, 440), steadyTone(-10, 620)].map((tone) => {
  const samples = new Int16Array(60 * 8000);
  readTone(tone).read(samples);
  return samples;
}) as [Int16Array, Int16Array];

/** Time passes, in which what is said and heard comes as packets of 20 ms; `frames` tells which of them. */
async function talk(
  recording: LegRecording,
  frames: number,
  comes: (frame: number) => { readonly said: boolean; readonly heard: boolean } = () => ({ said: true, heard: true }),
): Promise<void> {
  const from = clock.monotonic() / 20;
  for (let frame = from; frame < from + frames; frame++) {
    const { said, heard } = comes(frame);
    const [start, end] = [frame * 160, (frame + 1) * 160];
    if (said) recording.said(1, start, encodeG711("a-law", left.subarray(start, end)), "a-law");
    if (heard) recording.heard(1, start + 5000, encodeG711("mu-law", right.subarray(start, end)), "mu-law");
    await clock.run(ms(20));
  }
}

const second = (samples: Int16Array, at: number): Int16Array => samples.subarray(at * 8000, (at + 1) * 8000);

test("what is said is on the left, what is heard on the right", async () => {
  const recording = record();
  await talk(recording, 150);
  await recording.end("stopped");
  const [said, heard] = channels(disk.bytes);
  expect([isToneHeard(second(said, 1), 440, { minShare: 0.99 }), isToneHeard(second(heard, 1), 620)]).toEqual([
    true,
    true,
  ]);
  expect(done).toEqual([{ lasted: said.length / 8, why: "stopped" }]);
  expect(said.length / 8000).toBeCloseTo(3.1, 1);
  expect(disk.isClosed).toBe(true);
});

test("one track has what is said alone", async () => {
  const recording = record({ tracks: "leg" });
  await talk(recording, 100);
  await recording.end("stopped");
  const [said, heard] = channels(disk.bytes);
  expect(isToneHeard(second(said, 1), 440, { minShare: 0.99 })).toBe(true);
  expect(heard).toHaveLength(0);
});

test("what was said at one time is at one place of the file, with silence where nothing came", async () => {
  const recording = record();
  await talk(recording, 200, (frame) => ({ said: frame < 50 || frame >= 100, heard: frame >= 50 && frame < 150 }));
  await recording.end("stopped");
  const [said, heard] = channels(disk.bytes);
  // Both sides wait 100 ms for packets that are late.
  const late = (samples: Int16Array): Int16Array => samples.subarray(800);
  expect([0, 1, 2, 3].map((at) => isToneHeard(second(late(said), at).subarray(0, 7200), 440))).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect([0, 1, 2, 3].map((at) => isToneHeard(second(late(heard), at).subarray(0, 7200), 620))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(soundLevelDbm0(second(late(said), 1).subarray(200, 7800))).toBeLessThan(-60);
});

test("a recording is never longer than it may be", async () => {
  const recording = record({ atMost: ms(1000) });
  await talk(recording, 100);
  expect(done).toEqual([{ lasted: 1000, why: "limit" }]);
  await recording.end("stopped");
  expect(done).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test.each([
  { stall: 400, kept: 2400 },
  { stall: 3_600_000, kept: 2000 },
])("a stall of $stall ms is made up for where it is no sleep", async ({ stall, kept }) => {
  const recording = record();
  for (let frame = 0; frame < 50; frame++) recording.tick(ms(1000 + 20 * frame));
  for (let frame = 50; frame < 100; frame++) recording.tick(ms(1000 + stall + 20 * frame));
  await recording.end("stopped");
  expect(Math.abs((done[0]?.lasted ?? 0) - kept)).toBeLessThanOrEqual(20);
});

test("another worker goes on where one has left it, and that is one recording", async () => {
  const first = record({ atMost: ms(4000) });
  await talk(first, 75);
  const snapshot = await first.release();
  if (snapshot === undefined) throw new Error("nothing to go on with");
  expect([done, disk.isClosed, clock.pending]).toEqual([[], true, 0]);
  await first.end("leg-ended");
  const next = begun(snapshot);
  await talk(next, 200);
  expect(done).toEqual([{ lasted: 4000, why: "limit" }]);
  const [said, heard] = channels(disk.bytes);
  expect(said).toHaveLength(32_000);
  expect([0, 1, 2, 3].map((at) => isToneHeard(second(said, at), 440))).toEqual(Array(4).fill(true));
  expect(isToneHeard(second(heard, 3), 620)).toBe(true);
  expect(await next.release()).toBeUndefined();
});

test("silence ends it, whether packets with silence come or none", async () => {
  const recording = record({ untilSilence: ms(600), tracks: "leg" });
  await talk(recording, 100, (frame) => ({ said: frame < 10 || (frame > 30 && frame < 50), heard: false }));
  expect(done).toMatchObject([{ why: "silence" }]);
  // It was heard until 1 s; of the silence that was waited for a little is kept.
  const lasted = done[0]?.lasted ?? 0;
  expect(lasted).toBeGreaterThanOrEqual(1_000);
  expect(lasted).toBeLessThanOrEqual(1_340);
  expect(channels(disk.bytes)[0]).toHaveLength(lasted * 8);
});

test.each(["stopped", "leg-ended"] as const)("silence at the end is left out also of one that is %s", async (why) => {
  const recording = record({ untilSilence: seconds(8), tracks: "leg" });
  await talk(recording, 200, (frame) => ({ said: frame < 50, heard: false }));
  await recording.end(why);
  const lasted = done[0]?.lasted ?? 0;
  expect(lasted).toBeGreaterThanOrEqual(1_000);
  expect(lasted).toBeLessThanOrEqual(1_340);
  expect(channels(disk.bytes)[0]).toHaveLength(lasted * 8);
});

test("of one in which nothing was said hardly anything is left", async () => {
  const recording = record({ untilSilence: seconds(2), tracks: "leg" });
  await talk(recording, 120, () => ({ said: false, heard: false }));
  expect(done).toEqual([{ lasted: 200, why: "silence" }]);
});

test("a crash at any moment leaves a file that plays up to the last second", async () => {
  const recording = record();
  await talk(recording, 250);
  const crashes = disk.crashes.length;
  expect(crashes).toBe(11);
  for (const [i, file] of disk.crashes.entries()) expect(channels(file)[0].length).toBe(8000 * Math.floor(i / 2));
  await recording.end("stopped");
});

describe("a disk", () => {
  test("that is almost full ends it with what is there, and nobody else notices", async () => {
    const recording = record();
    await talk(recording, 120);
    disk.free = GIB - 1;
    await talk(recording, 600);
    expect(done).toMatchObject([{ why: "disk-full" }]);
    expect(done[0]?.lasted).toBe(5000);
    expect(channels(disk.bytes)[0]).toHaveLength(40_000);
    recording.said(1, 0, new Uint8Array(160), "a-law");
    expect(clock.pending).toBe(0);
  });

  test("that has no room in the middle of a write ends it with what was whole", async () => {
    const recording = record();
    await talk(recording, 120);
    disk.fault = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    await talk(recording, 100);
    expect(done).toEqual([{ lasted: 2000, why: "disk-full" }]);
    expect(troubles).toEqual(["no space left"]);
    expect(channels(disk.bytes)[0]).toHaveLength(16_000);
  });

  test("that cannot be written to ends it as a fault", async () => {
    disk.fault = new Error("broken");
    const recording = record();
    await talk(recording, 10);
    expect(done).toEqual([{ lasted: 0, why: "fault" }]);
    await recording.end("stopped");
  });

  test("that is too slow ends it before much waits in memory", async () => {
    const recording = record();
    await talk(recording, 60);
    let goOn = (): void => undefined;
    disk.pace = new Promise((resolve) => {
      goOn = resolve;
    });
    await talk(recording, 800);
    expect(troubles).toEqual(["the disk is too slow"]);
    goOn();
    await recording.end("stopped");
    expect(done).toMatchObject([{ why: "fault" }]);
    expect(done[0]?.lasted).toBeGreaterThanOrEqual(1000);
  });
});
