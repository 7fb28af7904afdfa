import { nodeBinary } from "../scripts/node-binary.mjs";
import { startChild } from "./child.ts";
import { environmentWith, startProgram } from "./server.ts";
import { within } from "./until.ts";

/** What came of a command. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly text: string;
}

/** Runs `cordboard <words>` on a data folder, as people do. `text` is what it said on both outputs. */
export async function cordboard(
  data: string,
  words: readonly string[],
  settings: Readonly<Record<string, string | undefined>> = {},
): Promise<CommandOutcome> {
  const environment = environmentWith({ CORDBOARD_DATA: data, ...settings });
  const child = startChild(nodeBinary(), [startProgram, ...words], { environment });
  const { code } = await within(`cordboard ${words.join(" ")}`, 60_000, child.ended);
  return { code, text: child.said.join("\n") };
}

/** The same with `--json`, its outcome read. Throws when it failed. */
export async function cordboardJson<Value>(data: string, words: readonly string[]): Promise<Value> {
  const { code, text } = await cordboard(data, [...words, "--json"]);
  if (code !== 0) throw new Error(`cordboard ${words.join(" ")} ended with ${code}: ${text}`);
  return JSON.parse(text) as Value;
}
