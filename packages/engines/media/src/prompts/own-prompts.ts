import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PromptName } from "@cordboard/core";
import type { Millis, Result, TenantId } from "@cordboard/kernel";
import { ms, ok, refused, seconds } from "@cordboard/kernel";
import type { WavFormat, WavRefusal } from "@cordboard/sound";
import { encodeG711, monoSamples, readWav, SAMPLE_RATE_HZ, writeWav } from "@cordboard/sound";
import { promptNames } from "./prompt-path.ts";

/** A prompt that a tenant recorded itself. */
export interface OwnPrompt {
  /** First part of a language tag, such as `de`. */
  readonly language: string;
  readonly prompt: PromptName;
  readonly path: string;
  readonly lasts: Millis;
}

/** Why a prompt is not taken. */
export type PromptRefusal =
  | { readonly code: "no-such-prompt" }
  /** Not two to eight letters, as the first part of a language tag is. */
  | { readonly code: "no-language" }
  | { readonly code: "empty" }
  | { readonly code: "too-long"; readonly lasts: Millis }
  | WavRefusal;

/** The prompts that tenants recorded themselves. What changes is heard by whoever is told the prompt next. */
export interface OwnPrompts {
  list(tenant: TenantId): Promise<readonly OwnPrompt[]>;
  /** Takes the sound of a WAV file (8 kHz, one or two channels, 16 bit or G.711) in place of the house's; how long it lasts. */
  set(at: PromptPlace, wav: Uint8Array): Promise<Result<Millis, PromptRefusal>>;
  /** The house's prompt again; `false` when it was that already. */
  reset(at: PromptPlace): Promise<Result<boolean, PromptRefusal>>;
}

/** Which prompt of whom. */
export interface PromptPlace {
  readonly tenant: TenantId;
  readonly language: string;
  readonly prompt: string;
}

/** Longest prompt. */
export const LONGEST_PROMPT: Millis = seconds(60);

/** What every phone takes without a change. */
const FORMAT: WavFormat = { encoding: "mu-law", channels: 1 };
const HEADER_BYTES = writeWav(FORMAT, new Uint8Array(0)).length;

const names: ReadonlySet<string> = new Set(promptNames);
const isPrompt = (name: string): name is PromptName => names.has(name);

/** Those below `folder`, as `<tenant>/<language>/<prompt>.wav`. */
export function ownPrompts(folder: string): OwnPrompts {
  const placed = ({ tenant, language, prompt }: PromptPlace): Result<string, PromptRefusal> => {
    if (!isPrompt(prompt)) return refused({ code: "no-such-prompt" });
    if (!/^[a-z]{2,8}$/.test(language)) return refused({ code: "no-language" });
    return ok(join(folder, tenant, language, `${prompt}.wav`));
  };
  return {
    async list(tenant) {
      const found: OwnPrompt[] = [];
      for (const language of (await namesIn(join(folder, tenant))).toSorted()) {
        const files = new Set(await namesIn(join(folder, tenant, language)));
        for (const prompt of promptNames) {
          const path = join(folder, tenant, language, `${prompt}.wav`);
          if (files.has(`${prompt}.wav`)) found.push({ language, prompt, path, lasts: await lengthOf(path) });
        }
      }
      return found;
    },
    async set(at, wav) {
      const path = placed(at);
      if (!path.ok) return path;
      const sound = readWav(wav);
      if (!sound.ok) return sound;
      const samples = monoSamples(sound.value);
      const lasts = ms((1000 * samples.length) / SAMPLE_RATE_HZ);
      if (samples.length === 0) return refused({ code: "empty" });
      if (lasts > LONGEST_PROMPT) return refused({ code: "too-long", lasts });
      await replace(path.value, writeWav(FORMAT, encodeG711("mu-law", samples)));
      return ok(lasts);
    },
    async reset(at) {
      const path = placed(at);
      if (!path.ok) return path;
      const isThere = (await namesIn(dirname(path.value))).includes(`${at.prompt}.wav`);
      await rm(path.value, { force: true });
      return ok(isThere);
    },
  };
}

/** Whoever reads the file meanwhile reads the old one or the new one, whole. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, bytes);
  await rename(`${path}.new`, path);
}

/** What is in a folder; nothing when there is none. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (fault) {
    if (fault instanceof Error && "code" in fault && (fault.code === "ENOENT" || fault.code === "ENOTDIR")) return [];
    throw fault;
  }
}

/** Of a file that we wrote. */
const lengthOf = async (path: string): Promise<Millis> =>
  ms((1000 * Math.max(0, (await stat(path)).size - HEADER_BYTES)) / SAMPLE_RATE_HZ);
