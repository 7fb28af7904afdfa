import { Command, Option } from "commander";
import { version } from "../version.ts";
import { calls } from "./calls.ts";
import { check } from "./check.ts";
import type { Doing } from "./doing.ts";
import type { Finish } from "./options.ts";
import { asks, environmentOf, json, ofTenant, whole } from "./options.ts";
import { prompts } from "./prompts.ts";
import { recorded } from "./recorded.ts";
import { serve } from "./serve.ts";
import { certText, historyText, keysText, keyText } from "./show.ts";
import { users } from "./users.ts";

/** The command line, `cordboard <command>`. Each action settles with the exit code. */
export function program(finish: Finish): Command {
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
  calls(root, finish);
  recorded(root, finish);
  prompts(root, finish);
  reading(root, finish);
  users(root, finish);
  keys(root, finish);
  return root;
}

interface Serving {
  readonly json?: true;
  readonly exit?: true;
}

function serving(root: Command, finish: Finish): void {
  json(root.command("start"))
    .description("serve until it is told to stop (SIGTERM or Ctrl-C)")
    .action(async ({ json: asJson }: Serving, command: Command) =>
      finish(await serve({ ...environmentOf(command), json: asJson, isDemo: false })),
    );
  json(root.command("demo"))
    .description("serve the demo company, after a first call between two scripted phones")
    .option("--exit", "stop after the first call; exit code 0 when it passed")
    .action(async ({ json: asJson, exit }: Serving, command: Command) =>
      finish(await serve({ ...environmentOf(command), json: asJson, isDemo: true, exitsAfterCheck: exit === true })),
    );
  json(root.command("check"))
    .description("check the settings and this machine without serving")
    .action(async (options: Doing, command: Command) => finish(await check({ ...environmentOf(command), ...options })));
}

function reading(root: Command, finish: Finish): void {
  const history = ofTenant(root.command("history"))
    .description("list the last calls")
    .option("--count <n>", "at most so many, 1 to 1000", whole, 100)
    .option("--from <time>", "only calls that started at or after this ISO 8601 time")
    .option("--extension <number>", "only calls in which this extension took part");
  asks(history, finish, { does: "history", text: historyText });
  const cert = json(root.command("cert")).description("show the server's certificate and the authority to trust");
  asks(cert, finish, { does: "cert", text: certText });
}

function keys(root: Command, finish: Finish): void {
  const key = root.command("key").description("create, list and revoke API keys");
  const create = ofTenant(key.command("create"))
    .description("make an API key; its text is shown once")
    .option("--name <name>", "what it is for", "key")
    .addOption(new Option("--role <role>", "what it may do").choices(["admin", "user"]).default("admin"))
    .option("--extension <number...>", "only for these extensions")
    .option("--rate <n>", "at most so many requests a minute", whole)
    .option("--concurrent <n>", "at most so many calls of its own at once", whole);
  asks(create, finish, {
    does: "key-create",
    input: ({ extension = null, rate = null, concurrent = null, ...input }) => ({
      ...input,
      extensions: extension,
      ratePerMinute: rate,
      concurrentCalls: concurrent,
    }),
    text: keyText,
  });
  const list = ofTenant(key.command("list")).description("list the keys that are good");
  asks(list, finish, { does: "key-list", text: keysText });
  const revoke = ofTenant(key.command("revoke"))
    .description("end a key at once")
    .argument("<id>", "its id, as key list shows it");
  asks(revoke, finish, {
    does: "key-revoke",
    input: (options, [id]) => ({ ...options, id }),
    text: (_value, [id]) => `key ${id} revoked`,
  });
}
