import { join } from "node:path";
import type { SoundLibrary } from "@cordboard/core";
import { promptLibrary } from "@cordboard/media";
import type { Foundation } from "./foundation.ts";

/** All that can be said: prompts of the house, of a tenant (`<data>/prompts/<tenant>/<language>/<prompt>.wav`), and recordings. */
export function soundLibrary({ dataFolder, sounds }: Pick<Foundation, "dataFolder" | "sounds">): SoundLibrary {
  const prompts = promptLibrary(join(dataFolder, "prompts"));
  return {
    pathOf: (word, { tenant, language }) =>
      "prompt" in word ? prompts.pathOf(tenant, language, word.prompt) : sounds.pathOf(tenant, word.recording),
  };
}
