import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PromptName } from "@cordboard/core";
import type { TenantId } from "@cordboard/kernel";
import { monoSamples, readWav, SAMPLE_RATE_HZ, toneShare } from "@cordboard/sound";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { promptLanguages, promptLibrary, promptNames, promptPath } from "./prompt-path.ts";

/** As it is played: its samples, of full scale 1. */
async function soundOf(path: string | undefined): Promise<Float64Array> {
  const wav = readWav(await readFile(path ?? ""));
  if (!wav.ok) throw new Error(wav.error.code);
  expect(wav.value).toMatchObject({ encoding: "mu-law", channels: 1 });
  return Float64Array.from(monoSamples(wav.value), (sample) => sample / 32_768);
}

const dbfs = (samples: Float64Array): number =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
const peak = (samples: Float64Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

/** How long a prompt may be, in seconds: a word at least, and nobody listens for a quarter of a minute. */
const LENGTH = { least: 0.15, most: 15 };
/** 10 ms. */
const BLOCK = SAMPLE_RATE_HZ / 100;

describe.each(promptLanguages)("in %s", (language) => {
  test.each(promptNames)("%s can be heard, as loud as the others, and is not cut off", async (prompt) => {
    const sound = await soundOf(promptPath(language, prompt));
    expect(sound.length / SAMPLE_RATE_HZ).toBeGreaterThan(LENGTH.least);
    expect(sound.length / SAMPLE_RATE_HZ).toBeLessThan(LENGTH.most);
    expect(Math.abs(dbfs(sound) + 16)).toBeLessThan(1);
    expect(peak(sound)).toBeLessThan(0.99);
    expect(dbfs(sound.subarray(0, BLOCK))).toBeLessThan(prompt === "beep" ? 0 : -40);
    expect(dbfs(sound.subarray(-BLOCK))).toBeLessThan(prompt === "beep" ? 0 : -40);
  });

  test("no file lies there that is no prompt", async () => {
    const folder = dirname(promptPath(language, "goodbye") ?? "");
    const files = (await readdir(folder)).map((name) => name.replace(/\.wav$/, ""));
    const own = promptNames.filter((name) => language === "en" || name !== "beep");
    expect(files.toSorted()).toEqual(own.toSorted());
  });
});

test("the beep is a tone of 1 kHz", async () => {
  const sound = await soundOf(promptPath("it", "beep"));
  const samples = Int16Array.from(sound, (sample) => sample * 32_768);
  expect(toneShare(samples, 1000)).toBeGreaterThan(0.9);
});

test("all of them together are small enough to come with the server", async () => {
  const files = promptLanguages.flatMap((language) => promptNames.map((name) => promptPath(language, name) ?? ""));
  const sizes = await Promise.all([...new Set(files)].map(async (path) => (await stat(path)).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * 1024 * 1024);
});

test.each([
  ["de", "de"],
  ["de-AT", "de"],
  ["FR", "fr"],
  ["pt-BR", "en"],
  ["", "en"],
  ["../../it", "en"],
])("who asks for %o hears %s", (asked, heard) => {
  expect(promptPath(asked, "goodbye")).toBe(promptPath(heard, "goodbye"));
});

test.each(["number-0", "number-21", "number-1.5", "../secret"])("there is no %s", (prompt) => {
  expect(promptPath("en", prompt as PromptName)).toBeUndefined();
  expect(promptLibrary("/nowhere").pathOf("ten_1" as TenantId, "en", prompt as PromptName)).toBeUndefined();
});

describe("a tenant's own prompt", () => {
  const acme = "ten_ACME" as TenantId;
  const other = "ten_OTHER" as TenantId;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cordboard-prompts-"));
    for (const path of ["it/goodbye.wav", "pt/goodbye.wav", "en/deleted.wav"]) {
      await mkdir(dirname(join(folder, acme, path)), { recursive: true });
      await writeFile(join(folder, acme, path), "");
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each<[string, TenantId, string, PromptName, string | undefined]>([
    ["wins over the house's", acme, "it-CH", "goodbye", "it/goodbye.wav"],
    ["may be in a language that the house does not speak", acme, "pt", "goodbye", "pt/goodbye.wav"],
    ["in English is for those whose language is not spoken", acme, "pt", "deleted", "en/deleted.wav"],
    ["in English is not for those whose language is", acme, "it", "deleted", undefined],
    ["is its own", other, "it", "goodbye", undefined],
    ["is not needed", acme, "de", "goodbye", undefined],
  ])("%s", (...[, tenant, language, prompt, own]) => {
    const path = promptLibrary(folder).pathOf(tenant, language, prompt);
    expect(path).toBe(own === undefined ? promptPath(language, prompt) : join(folder, acme, own));
  });
});
