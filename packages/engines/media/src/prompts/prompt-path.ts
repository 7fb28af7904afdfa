import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PromptName } from "@cordboard/core";
import type { TenantId } from "@cordboard/kernel";

/** Languages in which the house has prompts. */
export const promptLanguages: readonly string[] = ["en", "it", "de", "fr", "es"];

/** Whoever asks for a prompt in a language that there is none in hears this one. */
const FALLBACK = "en";

/** Numbers that can be said: 1 to this. */
const MOST_SAID = 20;

/** Prompts that are words, and the same for every count. */
const plain: Readonly<Record<Exclude<PromptName, `number-${number}`>, true>> = {
  "leave-a-message": true,
  beep: true,
  "message-kept": true,
  "mailbox-full": true,
  "you-have": true,
  "no-messages": true,
  "new-message": true,
  "new-messages": true,
  "old-message": true,
  "old-messages": true,
  "message-menu": true,
  "main-menu": true,
  deleted: true,
  "no-more-messages": true,
  "record-greeting": true,
  "greeting-kept": true,
  "greeting-reset": true,
  goodbye: true,
};

/** Every prompt that the house has. */
export const promptNames: readonly PromptName[] = [
  ...(Object.keys(plain) as (keyof typeof plain)[]),
  ...Array.from({ length: MOST_SAID }, (_, i): PromptName => `number-${i + 1}`),
];

const known: ReadonlySet<PromptName> = new Set(promptNames);

/** A tone needs no language: it is there once. */
const languageless: ReadonlySet<PromptName> = new Set(["beep"]);

/**
 * The house's WAV file (8 kHz, mono, µ-law) of a prompt, for a language tag such as `de-AT` of which the first part counts; English
 * where the language is not spoken. `undefined` for a number that there is no prompt for.
 */
export function promptPath(language: string, prompt: PromptName): string | undefined {
  if (!known.has(prompt)) return undefined;
  const spoken = languageless.has(prompt) ? FALLBACK : languageOf(language);
  const folder = promptLanguages.includes(spoken) ? spoken : FALLBACK;
  return fileURLToPath(new URL(`./${folder}/${prompt}.wav`, import.meta.url));
}

/** The first part of a language tag in lower case; English for what is none. */
function languageOf(tag: string): string {
  return /^[a-z]{2,8}(?=-|$)/.exec(tag.toLowerCase())?.[0] ?? FALLBACK;
}

/** Prompts with those that tenants have recorded themselves. */
export interface PromptLibrary {
  /** A tenant's own prompt in the language wins; then the house's in it; then either in English. */
  pathOf(tenant: TenantId, language: string, prompt: PromptName): string | undefined;
}

/** The prompts of the house, and of tenants below `folder`, as `<tenant>/<language>/<prompt>.wav`; looked for each time. */
export function promptLibrary(folder: string): PromptLibrary {
  return {
    pathOf(tenant, language, prompt) {
      if (!known.has(prompt)) return undefined;
      const ownIn = (spoken: string): string => join(folder, tenant, spoken, `${prompt}.wav`);
      const spoken = languageOf(language);
      if (existsSync(ownIn(spoken))) return ownIn(spoken);
      const isFallback = !promptLanguages.includes(spoken);
      if (isFallback && existsSync(ownIn(FALLBACK))) return ownIn(FALLBACK);
      return promptPath(spoken, prompt);
    },
  };
}
