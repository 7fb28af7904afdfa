import type { Command } from "commander";
import { Argument } from "commander";
import type { ShownProtection } from "../admin/protection-rules.ts";
import type { Finish } from "./options.ts";
import { asks, ofTenant } from "./options.ts";
import { table } from "./table.ts";

/** `user protect`: whether a user's phones keep their sound from others by SRTP. */
export function userProtect(user: Command, finish: Finish): void {
  const command = ofTenant(user.command("protect"))
    .description("show or say whether a user's phones protect their sound by SRTP; browsers always do")
    .argument("<extension>", "its number")
    .addArgument(
      new Argument(
        "[how]",
        "required: no call without; offered: where the phone can; off; as-server: as CORDBOARD_SRTP has it",
      ).choices(["as-server", "off", "offered", "required"]),
    )
    .option("--device <id>", "only this phone, by its id as devices shows it, or by its instance");
  asks(command, finish, {
    does: "user-protect",
    input: (options, [extension, protection]) => ({ ...options, extension, protection }),
    text: protectionText,
  });
}

function protectionText({ extension, name, protection, phones }: ShownProtection): string {
  const rows = phones.map((phone) => [phone.instance, phone.protection]);
  return `${extension} ${name}\n${table(["PHONE", "SRTP"], [...rows, [rows.length === 0 ? "all" : "all others", protection]])}`;
}
