import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeG711, pcm16Bytes, toneLevelDbm0, writeWav } from "@cordboard/sound";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Clip, ClipShelf, PACKET_SAMPLES } from "./sound-source.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phone-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The samples of packets `from` to `to`. */
const played = (clip: Clip, from: number, to: number): Int16Array =>
  Int16Array.from(
    Array.from({ length: to - from }, (_, i) => [...decodeG711("a-law", clip.payload(from + i, "a-law"))]).flat(),
  );

test("a tone goes on for hours without a click", async () => {
  const clip = await new ClipShelf().load({ frequencyHz: 441, levelDbm0: -12 });
  if (clip === undefined) throw new Error("no clip");
  for (const from of [0, 45, 50 * 3600 * 5 + 17])
    expect(toneLevelDbm0(played(clip, from, from + 100), 441)).toBeCloseTo(-12, 1);
});

test("a file is played once, to its last bit, and then is silent", async () => {
  const path = join(folder, "short.wav");
  const samples = new Int16Array(200).fill(8031);
  await writeFile(path, writeWav({ encoding: "pcm16", channels: 1 }, pcm16Bytes(samples)));
  const clip = await new ClipShelf().load({ wav: path });
  if (clip === undefined) throw new Error("no clip");
  const all = [...played(clip, 0, 4)];
  expect(all.slice(0, 200).every((sample) => sample > 7000)).toBe(true);
  expect(all.slice(200).every((sample) => Math.abs(sample) <= 8)).toBe(true);
});

test("a file that repeats begins again after its last packet", () => {
  const clip = new Clip(new Int16Array(2 * PACKET_SAMPLES).fill(8031), true);
  expect(clip.payload(5, "mu-law")).toEqual(clip.payload(1, "mu-law"));
});

test("silence is the code of its law", async () => {
  const clip = await new ClipShelf().load("silence");
  expect(clip?.payload(9, "a-law")).toEqual(new Uint8Array(160).fill(0xd5));
  expect(clip?.payload(9, "mu-law")).toEqual(new Uint8Array(160).fill(0xff));
});

test("an echo and nothing have no clip", async () => {
  const shelf = new ClipShelf();
  expect(await shelf.load("echo")).toBeUndefined();
  expect(await shelf.load("nothing")).toBeUndefined();
});

test("one tone is held once, and no more than 32 are kept", async () => {
  const shelf = new ClipShelf();
  const first = await shelf.load({ frequencyHz: 440 });
  expect(await shelf.load({ frequencyHz: 440 })).toBe(first);
  for (let i = 0; i < 32; i++) await shelf.load({ frequencyHz: 500 + i });
  expect(await shelf.load({ frequencyHz: 440 })).not.toBe(first);
});

test("what is no telephone sound is refused by name", async () => {
  const path = join(folder, "no.wav");
  await writeFile(path, "not a sound");
  await expect(new ClipShelf().load({ wav: path })).rejects.toMatchObject({
    code: "not-possible",
    message: expect.stringContaining("not-wav"),
  });
});
