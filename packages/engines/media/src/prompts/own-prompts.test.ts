import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TenantId } from "@cordboard/kernel";
import type { WavEncoding } from "@cordboard/sound";
import {
  encodeG711,
  isToneHeard,
  monoSamples,
  pcm16Bytes,
  readTone,
  readWav,
  steadyTone,
  writeWav,
} from "@cordboard/sound";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OwnPrompts, PromptPlace } from "./own-prompts.ts";
import { LONGEST_PROMPT, ownPrompts } from "./own-prompts.ts";
import { promptLibrary, promptPath } from "./prompt-path.ts";

const tenant = "ten_1" as TenantId;
const goodbye: PromptPlace = { tenant, language: "de", prompt: "goodbye" };
const TONE_HZ = 700;

let folder: TestFolder;
let own: OwnPrompts;
beforeEach(async () => {
  folder = await makeTestFolder();
  own = ownPrompts(folder.path);
});
afterEach(() => folder.remove());

function toneOf(samples: number): Int16Array {
  const tone = new Int16Array(samples);
  readTone(steadyTone(-10, TONE_HZ)).read(tone);
  return tone;
}

/** A second of the tone as a file of that kind, in one channel or the same in two. */
function fileOf(encoding: WavEncoding, channels: 1 | 2): Uint8Array {
  const mono = toneOf(8_000);
  const all = Int16Array.from({ length: mono.length * channels }, (_, i) => mono[Math.floor(i / channels)] ?? 0);
  return writeWav({ encoding, channels }, encoding === "pcm16" ? pcm16Bytes(all) : encodeG711(encoding, all));
}

test.each([
  ["pcm16", 1],
  ["pcm16", 2],
  ["a-law", 1],
  ["mu-law", 1],
  ["a-law", 2],
] as const)(
  "a file of %s in %d channels becomes µ-law in one, and is what callers hear",
  async (encoding, channels) => {
    expect(await own.set(goodbye, fileOf(encoding, channels))).toEqual({ ok: true, value: 1_000 });
    const path = promptLibrary(folder.path).pathOf(tenant, "de-AT", "goodbye") ?? "";
    expect(path).toBe(join(folder.path, tenant, "de", "goodbye.wav"));
    const wav = readWav(await readFile(path));
    expect(wav).toMatchObject({ ok: true, value: { encoding: "mu-law", channels: 1 } });
    expect(wav.ok && isToneHeard(monoSamples(wav.value), TONE_HZ)).toBe(true);
  },
);

test("those that there are, are listed with their length, each tenant's alone; taken back, the house's is heard", async () => {
  await own.set(goodbye, fileOf("pcm16", 1));
  await own.set({ ...goodbye, prompt: "beep", language: "en" }, fileOf("pcm16", 1));
  const path = join(folder.path, tenant, "de", "goodbye.wav");
  expect(await own.list(tenant)).toMatchObject([
    { language: "de", prompt: "goodbye", lasts: 1_000, path },
    { language: "en", prompt: "beep" },
  ]);
  expect(await own.list("ten_2" as TenantId)).toEqual([]);
  expect(await own.reset(goodbye)).toEqual({ ok: true, value: true });
  expect(await own.reset(goodbye)).toEqual({ ok: true, value: false });
  expect(promptLibrary(folder.path).pathOf(tenant, "de", "goodbye")).toBe(promptPath("de", "goodbye"));
  expect(await own.list(tenant)).toMatchObject([{ prompt: "beep" }]);
});

test.each([
  ["hello", "de", "no-such-prompt"],
  ["../../goodbye", "de", "no-such-prompt"],
  ["goodbye", "../de", "no-language"],
  ["goodbye", "", "no-language"],
  ["goodbye", "DE", "no-language"],
])("a prompt %j in %j is none", async (prompt, language, code) => {
  const place = { tenant, prompt, language };
  expect(await own.set(place, fileOf("pcm16", 1))).toMatchObject({ ok: false, error: { code } });
  expect(await own.reset(place)).toMatchObject({ ok: false, error: { code } });
});

test("sound that is none, is empty or lasts too long is refused, and what was there stays", async () => {
  await own.set(goodbye, fileOf("pcm16", 1));
  const long = pcm16Bytes(new Int16Array(LONGEST_PROMPT * 8 + 1));
  const mono: { readonly encoding: "pcm16"; readonly channels: 1 } = { encoding: "pcm16", channels: 1 };
  for (const [wav, code] of [
    [new Uint8Array(3), "not-wav"],
    [writeWav(mono, new Uint8Array(0)), "empty"],
    [writeWav(mono, long), "too-long"],
  ] as const)
    expect(await own.set(goodbye, wav)).toMatchObject({ ok: false, error: { code } });
  expect(await own.list(tenant)).toMatchObject([{ lasts: 1_000 }]);
  expect(await readdir(join(folder.path, tenant, "de"))).toEqual(["goodbye.wav"]);
});

test("whatever the bytes of a file are, it is taken or refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
      const file = fileOf("pcm16", 1).slice(0, 400);
      file.set(noise, 4);
      expect(typeof (await own.set(goodbye, file)).ok).toBe("boolean");
    }),
    { numRuns: 50 },
  );
});

test("files that are no prompt are not listed", async () => {
  await mkdir(join(folder.path, tenant, "de"), { recursive: true });
  await writeFile(join(folder.path, tenant, "de", "notes.txt"), "x");
  await writeFile(join(folder.path, tenant, "readme"), "x");
  expect(await own.list(tenant)).toEqual([]);
});
