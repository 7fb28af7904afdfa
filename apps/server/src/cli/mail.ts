import type { Command } from "commander";
import type { ShownMail } from "../admin/administration.ts";
import type { Finish } from "./options.ts";
import { asks, ofTenant, onOrOff } from "./options.ts";

/** `user mail`: how a user gets messages by e-mail. */
export function mail(user: Command, finish: Finish): void {
  const command = ofTenant(user.command("mail"))
    .description("show how a user gets voice messages by e-mail, or change it")
    .argument("<extension>", "its number")
    .option("--to <address>", "where they go, or none")
    .option("--sound <on|off>", "the sound goes with the mail", onOrOff)
    .option("--delete-after <on|off>", "once the mail has been taken, the mailbox does not keep the message", onOrOff);
  asks(command, finish, {
    does: "user-mail",
    input: ({ to, sound: hasSound, deleteAfter: isDeletedAfter, ...options }, [extension]) => ({
      ...options,
      extension,
      hasSound,
      isDeletedAfter,
      address: to === "none" ? null : to,
    }),
    text: mailText,
  });
}

function mailText({ extension, name, address, hasSound, isDeletedAfter }: ShownMail): string {
  return [
    `${extension} ${name}`,
    `messages by e-mail to   ${address ?? "nowhere"}`,
    `with their sound        ${hasSound ? "yes" : "no"}`,
    `deleted after           ${isDeletedAfter ? "yes" : "no"}`,
  ].join("\n");
}
