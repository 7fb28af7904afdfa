import type { Directory } from "@cordboard/core";
import { ok, refused } from "@cordboard/kernel";
import type { OwnPrompts, PromptPlace, PromptRefusal } from "@cordboard/media";
import { LONGEST_PROMPT, promptNames } from "@cordboard/media";
import type { Administration, ShownPrompt } from "./administration.ts";
import type { CommandRefusal } from "./refusal.ts";

/** What {@link promptPart} works on. */
interface PromptParts {
  readonly directory: Pick<Directory, "tenant">;
  readonly prompts: OwnPrompts;
}

type PromptPart = Pick<Administration, "listPrompts" | "setPrompt" | "resetPrompt">;

/** The administration of what the server says in a tenant's own voice. */
export function promptPart({ directory, prompts }: PromptParts): PromptPart {
  const placed = (
    tenant: PromptPlace["tenant"],
    at: { readonly prompt: string; readonly language?: string | undefined },
  ) => ({
    tenant,
    prompt: at.prompt,
    language: at.language ?? spokenBy(directory, tenant),
  });
  return {
    async listPrompts(tenant) {
      const own = (await prompts.list(tenant)).map(
        ({ prompt, language, path, lasts }): ShownPrompt => ({
          prompt,
          language,
          lasted: inSeconds(lasts),
          file: path,
        }),
      );
      const language = spokenBy(directory, tenant);
      const said = promptNames.map(
        (prompt): ShownPrompt =>
          own.find((each) => each.prompt === prompt && each.language === language) ?? houses(prompt, language),
      );
      return [...said, ...own.filter((each) => each.language !== language)];
    },
    async setPrompt(tenant, at) {
      const place = placed(tenant, at);
      const set = await prompts.set(place, at.sound);
      if (!set.ok) return refused(inWords(set.error));
      const { prompt, language } = place;
      const [own] = (await prompts.list(tenant)).filter((each) => each.prompt === prompt && each.language === language);
      return ok({ prompt, language, lasted: inSeconds(set.value), file: own?.path ?? null });
    },
    async resetPrompt(tenant, at) {
      const place = placed(tenant, at);
      const reset = await prompts.reset(place);
      return reset.ok ? ok(houses(place.prompt, place.language)) : refused(inWords(reset.error));
    },
  };
}

const spokenBy = (directory: Pick<Directory, "tenant">, tenant: PromptPlace["tenant"]): string =>
  (directory.tenant(tenant)?.language ?? "en").toLowerCase().split("-", 1)[0] ?? "en";

const houses = (prompt: string, language: string): ShownPrompt => ({ prompt, language, lasted: null, file: null });

const inSeconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

/** Why a prompt is not taken, and what to do. */
function inWords(refusal: PromptRefusal): CommandRefusal {
  const { code } = refusal;
  switch (code) {
    case "no-such-prompt":
      return { code, why: "there is no such prompt; prompts list shows those that there are" };
    case "no-language":
      return { code, why: "a language has two to eight small letters, as in de" };
    case "empty":
      return { code, why: "there is no sound in the file" };
    case "too-long":
      return { code, why: `it lasts ${inSeconds(refusal.lasts)} s; ${inSeconds(LONGEST_PROMPT)} s are the most` };
    default:
      return {
        code,
        why: "it must be a WAV file of 8 kHz, 16 bit or G.711; sox <file> -r 8000 -c 1 -b 16 <new file> makes one",
      };
  }
}
