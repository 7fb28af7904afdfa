import type { Command } from "commander";
import { Argument } from "commander";
import type { ShownStatus } from "../admin/status-rules.ts";
import type { Finish } from "./options.ts";
import { asks, ofTenant } from "./options.ts";

/** The command on what a user says of itself. */
export function userStatus(user: Command, finish: Finish): void {
  const status = ofTenant(user.command("status"))
    .description("show what a user says of itself, or say it for the user; no phone rings with do-not-disturb")
    .argument("<extension>", "its number")
    .addArgument(new Argument("[status]", "how it is").choices(["available", "away", "do-not-disturb"]))
    .option("--text <text>", "a word for its colleagues, 200 characters at most")
    .option("--until <time>", "ISO 8601 time from which the user is available again, as in 2026-01-31T14:00:00Z");
  asks(status, finish, {
    does: "user-status",
    input: (options, [extension, kind]) => ({ ...options, extension, status: kind }),
    text: statusText,
  });
}

/** What a user says of itself, and what its colleagues are shown. */
function statusText({ extension, name, status, text, until, shown }: ShownStatus): string {
  return [
    `${extension} ${name}`,
    `status  ${status}${until === null ? "" : ` until ${until}`}`,
    ...(text === "" ? [] : [`text    ${text}`]),
    ...(shown === null ? [] : [`shown   ${shown}`]),
  ].join("\n");
}
