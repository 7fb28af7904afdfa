import { readFileSync, statSync } from "node:fs";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { ShownPrompt } from "../admin/administration.ts";
import { LARGEST_PROMPT_FILE } from "../admin/prompt-commands.ts";
import type { Finish, Options } from "./options.ts";
import { asks, ofTenant } from "./options.ts";
import { table } from "./table.ts";

/** The commands on what the server says. */
export function prompts(root: Command, finish: Finish): void {
  const parent = root.command("prompts").description("list what the server says, and say it in an own voice");
  const list = ofTenant(parent.command("list")).description(
    "list the prompts in the tenant's language, and all own ones",
  );
  asks(list, finish, { does: "prompt-list", text: promptsText });
  const set = inLanguage(parent.command("set"))
    .description("say a prompt with an own recording; heard from the next time on")
    .argument("<prompt>", "its name, as prompts list shows it")
    .argument("<file>", "WAV file of at most a minute: 8 kHz, 16 bit or G.711", wavFile);
  asks(set, finish, {
    does: "prompt-set",
    input: (options: Options, [prompt, sound]) => ({ ...options, prompt, sound }),
    text: ({ prompt, language, lasted }: ShownPrompt) => `${prompt} (${language}) is an own one now, ${lasted} s`,
  });
  const reset = inLanguage(parent.command("reset"))
    .description("say a prompt as the house does again")
    .argument("<prompt>", "its name, as prompts list shows it");
  asks(reset, finish, {
    does: "prompt-reset",
    input: (options, [prompt]) => ({ ...options, prompt }),
    text: ({ prompt, language }: ShownPrompt) => `${prompt} (${language}) is the house's`,
  });
}

const inLanguage = (command: Command): Command =>
  ofTenant(command).option("--language <language>", "such as de; the tenant's otherwise");

/** Reads a file, as base64. */
function wavFile(path: string): string {
  try {
    if (statSync(path).size <= LARGEST_PROMPT_FILE) return readFileSync(path, "base64");
  } catch {
    throw new InvalidArgumentError("It cannot be read.");
  }
  throw new InvalidArgumentError("It is larger than 2 MiB.");
}

function promptsText(shown: readonly ShownPrompt[]): string {
  return table(
    ["PROMPT", "LANGUAGE", "VOICE", "SECONDS", "FILE"],
    shown.map(({ prompt, language, lasted, file }) => [
      ...[prompt, language, file === null ? "the house's" : "own", lasted === null ? "" : String(lasted), file ?? ""],
    ]),
  );
}
