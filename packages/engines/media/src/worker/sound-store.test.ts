import { mkdtemp, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeG711, encodeG711, isToneHeard, pcm16Bytes, writeWav } from "@cordboard/sound";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SoundStore } from "./sound-store.ts";

let folder: string;
let store: SoundStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cordboard-store-"));
  store = new SoundStore();
});
afterEach(() => rm(folder, { recursive: true }));

async function wav(name: string, samples: Int16Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, writeWav({ encoding: "pcm16", channels: 1 }, pcm16Bytes(samples)));
  return path;
}

async function codes(path: string): Promise<Uint8Array | string> {
  const sound = await store.file(path);
  return sound.ok ? sound.value.codes("a-law") : sound.error.code;
}

test("a tone is made once, and is what its name says", () => {
  const ringback = store.made("ringback");
  expect(store.made("ringback")).toBe(ringback);
  const samples = decodeG711("mu-law", ringback.codes("mu-law"));
  expect(samples).toHaveLength(40_000);
  expect(isToneHeard(samples.subarray(0, 8000), 425)).toBe(true);
});

test("a file is read once, and again when it has changed", async () => {
  const path = await wav("a.wav", Int16Array.of(100, 200));
  const [first, again] = [await store.file(path), await store.file(path)];
  expect(first.ok && again.ok && first.value === again.value).toBe(true);
  await wav("a.wav", Int16Array.of(100, 200, 300));
  await utimes(path, 1, 1);
  expect(await codes(path)).toEqual(encodeG711("a-law", Int16Array.of(100, 200, 300)));
});

test("what cannot be played is refused with its reason", async () => {
  await writeFile(join(folder, "text.wav"), "no sound");
  const huge = await wav("huge.wav", new Int16Array(2));
  await truncate(huge, 33 * 1024 * 1024);
  expect(await codes(join(folder, "none.wav"))).toBe("unreadable");
  expect(await codes(folder)).toBe("unreadable");
  expect(await codes(join(folder, "text.wav"))).toBe("not-playable");
  expect(await codes(huge)).toBe("too-big");
});

test("only the last files stay in memory", async () => {
  const first = await wav("0.wav", Int16Array.of(1));
  const before = await store.file(first);
  for (let i = 1; i <= 32; i++) await store.file(await wav(`${i}.wav`, Int16Array.of(i)));
  const after = await store.file(first);
  expect(before.ok && after.ok && before.value !== after.value).toBe(true);
});
