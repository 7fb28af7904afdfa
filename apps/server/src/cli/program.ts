import { Command, InvalidArgumentError, Option } from "commander";
import { version } from "../version.ts";
import { check } from "./check.ts";
import type { Doing } from "./doing.ts";
import { administer } from "./doing.ts";
import { serve } from "./serve.ts";
import { certText, historyText, keysText, keyText, newUserText, usersText } from "./show.ts";

/** The command line, `cordboard <command>`. Each action settles with the exit code. */
export function program(finish: (code: number) => void): Command {
  const root = new Command("cordboard")
    .description("An open, self-hosted phone system for people who build on it.")
    .version(version, "-v, --version")
    .option("--data <folder>", "data folder, in place of CORDBOARD_DATA")
    .showHelpAfterError("(--help tells how)")
    .addHelpText(
      "after",
      "\nSettings come from the environment (CORDBOARD_…) and <data>/cordboard.json: see docs/settings.md.",
    );
  serving(root, finish);
  reading(root, finish);
  users(root, finish);
  keys(root, finish);
  return root;
}

const json = (command: Command): Command => command.option("--json", "print JSON for programs");
const domain = (command: Command): Command =>
  command.option("--domain <domain>", "tenant's domain; the default tenant otherwise");

function serving(root: Command, finish: (code: number) => void): void {
  json(root.command("start"))
    .description("serve until it is told to stop (SIGTERM or Ctrl-C)")
    .action(async ({ json: asJson }: Options, command: Command) =>
      finish(await serve({ ...environmentOf(command), json: asJson, isDemo: false })),
    );
  json(root.command("demo"))
    .description("serve the demo company, after a first call between two scripted phones")
    .option("--exit", "stop after the first call; exit code 0 when it passed")
    .action(async ({ json: asJson, exit }: Options, command: Command) =>
      finish(await serve({ ...environmentOf(command), json: asJson, isDemo: true, exitsAfterCheck: exit === true })),
    );
  json(root.command("check"))
    .description("check the settings and this machine without serving")
    .action(async (options: Doing, command: Command) => finish(await check({ ...environmentOf(command), ...options })));
}

function reading(root: Command, finish: (code: number) => void): void {
  domain(json(root.command("history")))
    .description("list the last calls")
    .option("--count <n>", "at most so many, 1 to 1000", whole, 100)
    .option("--from <time>", "only calls that started at or after this ISO 8601 time")
    .option("--extension <number>", "only calls in which this extension took part")
    .action(async ({ json: asJson, ...input }: Options, command: Command) =>
      finish(
        await administer({ command: "history", input, json: asJson, text: historyText, ...environmentOf(command) }),
      ),
    );
  json(root.command("cert"))
    .description("show the server's certificate and the authority to trust")
    .action(async ({ json: asJson }: Options, command: Command) =>
      finish(await administer({ command: "cert", input: {}, json: asJson, text: certText, ...environmentOf(command) })),
    );
}

function users(root: Command, finish: (code: number) => void): void {
  const user = root.command("user").description("add, list and remove users");
  domain(json(user.command("add")))
    .description("add a user; passwords that are not given are made and shown once")
    .argument("<extension>", "its number, 1 to 10 digits")
    .requiredOption("--name <name>", "the person's or room's name")
    .addOption(new Option("--role <role>", "what it may do").choices(["admin", "user", "room"]).default("user"))
    .option("--mobile <number>", "a number outside that is rung with its devices")
    .option("--sip-password <password>", "password of its phones")
    .option("--web-password <password>", "password for logging in")
    .action(async (extension: string, { json: asJson, ...input }: Options, command: Command) =>
      finish(
        await administer({
          command: "user-add",
          input: { ...input, extension },
          json: asJson,
          text: newUserText,
          ...environmentOf(command),
        }),
      ),
    );
  domain(json(user.command("list")))
    .description("list the users")
    .action(async ({ json: asJson, ...input }: Options, command: Command) =>
      finish(
        await administer({ command: "user-list", input, json: asJson, text: usersText, ...environmentOf(command) }),
      ),
    );
  domain(json(user.command("remove")))
    .description("remove a user with its passwords and registrations")
    .argument("<extension>", "its number")
    .action(async (extension: string, { json: asJson, ...input }: Options, command: Command) =>
      finish(
        await administer({
          command: "user-remove",
          input: { ...input, extension },
          json: asJson,
          text: () => `user ${extension} removed`,
          ...environmentOf(command),
        }),
      ),
    );
}

function keys(root: Command, finish: (code: number) => void): void {
  const key = root.command("key").description("create, list and revoke API keys");
  domain(json(key.command("create")))
    .description("make an API key; its text is shown once")
    .option("--name <name>", "what it is for", "key")
    .addOption(new Option("--role <role>", "what it may do").choices(["admin", "user"]).default("admin"))
    .option("--extension <number...>", "only for these extensions")
    .option("--rate <n>", "at most so many requests a minute", whole)
    .option("--concurrent <n>", "at most so many calls of its own at once", whole)
    .action(async ({ json: asJson, extension, rate, concurrent, ...input }: Options, command: Command) =>
      finish(
        await administer({
          command: "key-create",
          input: {
            ...input,
            extensions: extension ?? null,
            ratePerMinute: rate ?? null,
            concurrentCalls: concurrent ?? null,
          },
          json: asJson,
          text: keyText,
          ...environmentOf(command),
        }),
      ),
    );
  domain(json(key.command("list")))
    .description("list the keys that are good")
    .action(async ({ json: asJson, ...input }: Options, command: Command) =>
      finish(await administer({ command: "key-list", input, json: asJson, text: keysText, ...environmentOf(command) })),
    );
  domain(json(key.command("revoke")))
    .description("end a key at once")
    .argument("<id>", "its id, as key list shows it")
    .action(async (id: string, { json: asJson, ...input }: Options, command: Command) =>
      finish(
        await administer({
          command: "key-revoke",
          input: { ...input, id },
          json: asJson,
          text: () => `key ${id} revoked`,
          ...environmentOf(command),
        }),
      ),
    );
}

interface Options {
  readonly json?: true;
  readonly exit?: true;
  readonly extension?: unknown;
  readonly rate?: number;
  readonly concurrent?: number;
}

/** The environment with `--data` in its place. */
function environmentOf(command: Command): Pick<Doing, "environment"> {
  const { data } = command.optsWithGlobals<{ readonly data?: string }>();
  return { environment: data === undefined ? process.env : { ...process.env, CORDBOARD_DATA: data } };
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return number;
}
