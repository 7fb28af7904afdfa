import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Doing } from "./doing.ts";
import { administer } from "./doing.ts";

/** Told the exit code when a command is done. */
export type Finish = (code: number) => void;

/** The options of a command by their names, those not given left out. */
export type Options = Readonly<Record<string, unknown>>;

/** How a command of the command line is done by an administrative one. */
export interface Asking {
  /** The administrative command. */
  readonly does: string;
  /** What that is given: by default the options alone. Words that may be left out are undefined then. */
  readonly input?: (options: Options, words: readonly string[]) => unknown;
  /** The outcome's text for people. */
  readonly text: (value: never, words: readonly string[]) => string;
}

/** Lets a running server do a command, or does it on the data folder itself. */
export function asks(command: Command, finish: Finish, { does, input = (options) => options, text }: Asking): Command {
  return command.action(async () => {
    const { json: asJson, ...options } = command.opts<Options & { readonly json?: true }>();
    const words = command.processedArgs as readonly string[];
    finish(
      await administer({
        command: does,
        input: input(options, words),
        json: asJson,
        text: (value) => text(value, words),
        ...environmentOf(command),
      }),
    );
  });
}

/** Adds `--json`. */
export const json = (command: Command): Command => command.option("--json", "print JSON for programs");

/** Adds `--json` and `--domain`. */
export const ofTenant = (command: Command): Command =>
  json(command).option("--domain <domain>", "tenant's domain; the default tenant otherwise");

/** The environment with `--data` in its place. */
export function environmentOf(command: Command): Pick<Doing, "environment"> {
  const { data } = command.optsWithGlobals<{ readonly data?: string }>();
  return { environment: data === undefined ? process.env : { ...process.env, CORDBOARD_DATA: data } };
}

/** Reads a whole number from 1 on. */
export function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return number;
}

/** Reads a whole number from 0 on, or a word in its place, which is given back: commander takes null for a missing value. */
export const wholeOr =
  (word: string): ((text: string) => number | string) =>
  (text) => {
    const number = Number(text);
    if (text !== word && (text === "" || !Number.isInteger(number) || number < 0))
      throw new InvalidArgumentError(`It must be a whole number from 0 on, or ${word}.`);
    return text === word ? word : number;
  };

/** Reads `on` or `off`. */
export function onOrOff(text: string): boolean {
  if (text !== "on" && text !== "off") throw new InvalidArgumentError("It must be on or off.");
  return text === "on";
}
