import type { ForwardTarget } from "@cordboard/core";
import type { Command } from "commander";
import { Option } from "commander";
import { mail } from "./mail.ts";
import type { Finish, Options } from "./options.ts";
import { asks, ofTenant, onOrOff, whole, wholeOr } from "./options.ts";
import { userProtect } from "./protection.ts";
import { userRecord } from "./recording-rules.ts";
import { newUserText, reachText, usersText } from "./show.ts";
import { userStatus } from "./status.ts";

/** The commands on users. */
export function users(root: Command, finish: Finish): void {
  const user = root.command("user").description("add, list and remove users, and say how they are reached");
  const add = ofTenant(user.command("add"))
    .description("add a user; passwords that are not given are made and shown once")
    .argument("<extension>", "its number, 1 to 10 digits")
    .requiredOption("--name <name>", "the person's or room's name")
    .addOption(new Option("--role <role>", "what it may do").choices(["admin", "user", "room"]).default("user"))
    .option(
      "--mobile <number>",
      "a number outside, rung too when a call is placed for the user; user reach says when else",
    )
    .option("--email <address>", "where voice messages go by e-mail; user mail says how")
    .option("--sip-password <password>", "password of its phones")
    .option("--web-password <password>", "password for logging in");
  asks(add, finish, {
    does: "user-add",
    input: (options, [extension]) => ({ ...options, extension }),
    text: newUserText,
  });
  const list = ofTenant(user.command("list")).description("list the users");
  asks(list, finish, { does: "user-list", text: usersText });
  const remove = ofTenant(user.command("remove"))
    .description("remove a user with its passwords, registrations and messages")
    .argument("<extension>", "its number");
  asks(remove, finish, {
    does: "user-remove",
    input: (options, [extension]) => ({ ...options, extension }),
    text: (_value, [extension]) => `user ${extension} removed`,
  });
  reach(user, finish);
  mail(user, finish);
  userRecord(user, finish);
  userStatus(user, finish);
  userProtect(user, finish);
}

function reach(user: Command, finish: Finish): void {
  const where = "a number, voicemail, or none";
  const command = ofTenant(user.command("reach"))
    .description("show how a user is reached, or change it")
    .argument("<extension>", "its number")
    .option("--forward-always <where>", `calls go there at once: ${where}`)
    .option("--forward-busy <where>", `calls go there when the user is busy: ${where}`)
    .option("--forward-no-answer <where>", `calls go there when nobody answers: ${where}`)
    .option("--forward-not-registered <where>", `calls go there when no device is registered: ${where}`)
    .option("--do-not-disturb <on|off>", "no device rings, and calls go where a busy user's go", onOrOff)
    .option("--call-waiting <on|off>", "another call rings while one is up", onOrOff)
    .option("--ring-seconds <n>", "how long devices ring, 5 to 120", whole)
    .option("--mobile <number>", "the user's number outside, or none")
    .option("--mobile-after <seconds>", "the mobile rings too after so long, 0 to 60, or never", wholeOr("never"));
  asks(command, finish, { does: "user-reach", input: reachInput, text: reachText });
}

function reachInput(options: Options, [extension]: readonly string[]): unknown {
  const { forwardAlways, forwardBusy, forwardNoAnswer, forwardNotRegistered, mobile, mobileAfter, ...rest } = options;
  const forward = {
    always: targetOf(forwardAlways),
    busy: targetOf(forwardBusy),
    noAnswer: targetOf(forwardNoAnswer),
    notRegistered: targetOf(forwardNotRegistered),
  };
  return {
    ...rest,
    extension,
    mobileAfterSeconds: mobileAfter === "never" ? null : mobileAfter,
    mobile: mobile === "none" ? null : mobile,
    ...(Object.values(forward).every((target) => target === undefined) ? {} : { forward }),
  };
}

/** Where calls go, as it is written on the command line; undefined where nothing is. */
function targetOf(text: unknown): ForwardTarget | null | undefined {
  if (typeof text !== "string") return undefined;
  if (text === "none") return null;
  return text === "voicemail" ? { kind: "voicemail" } : { kind: "number", number: text };
}
