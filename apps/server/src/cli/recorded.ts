import type { Command } from "commander";
import type { ShownGreeting } from "../admin/administration.ts";
import type { Finish } from "./options.ts";
import { asks, ofTenant, whole, wholeOr } from "./options.ts";
import { recordingNotice } from "./recording-rules.ts";
import { messagesText, recordingsText } from "./show.ts";

/** The commands on what was recorded: calls, and messages for users. */
export function recorded(root: Command, finish: Finish): void {
  const recordings = root.command("recordings").description("list and delete recordings of calls");
  const list = ofTenant(recordings.command("list"))
    .description("list the last recordings, with their files")
    .option("--count <n>", "at most so many, 1 to 1000", whole, 100)
    .option("--extension <number>", "only those that were taken at this extension")
    .option("--call <id>", "only those of this call");
  asks(list, finish, { does: "recording-list", text: recordingsText });
  deleting(recordings, finish, { does: "recording-delete", what: "recording", list: "recordings list" });
  keeping(recordings, finish, "recordings");
  recordingNotice(recordings, finish);

  const voicemail = root.command("voicemail").description("list and delete messages that were left for users");
  const messages = ofTenant(voicemail.command("list"))
    .description("list the messages in the mailboxes, with their files")
    .argument("[extension]", "whose; everybody's otherwise");
  asks(messages, finish, {
    does: "voicemail-list",
    input: (options, [extension]) => ({ ...options, extension }),
    text: messagesText,
  });
  deleting(voicemail, finish, { does: "voicemail-delete", what: "message", list: "voicemail list" });
  keeping(voicemail, finish, "messages");
  const greeting = ofTenant(voicemail.command("greeting"))
    .description("show a user's own greeting, or bring back that of the house")
    .argument("<extension>", "whose")
    .option("--reset", "delete it, so that the house greets again");
  asks(greeting, finish, {
    does: "voicemail-greeting",
    input: ({ reset: isReset, ...options }, [extension]) => ({ ...options, extension, isReset }),
    text: ({ extension, file }: ShownGreeting) => `callers of ${extension} hear ${file ?? "the house's greeting"}`,
  });
}

function deleting(
  parent: Command,
  finish: Finish,
  { does, what, list }: { readonly does: string; readonly what: string; readonly list: string },
): void {
  const command = ofTenant(parent.command("delete"))
    .description(`delete a ${what} with its file`)
    .argument("<id>", `its id, as ${list} shows it`);
  asks(command, finish, {
    does,
    input: (options, [id]) => ({ ...options, id }),
    text: (_value, [id]) => `${what} ${id} deleted`,
  });
}

/** `keep`: after how many days what was recorded is deleted. */
function keeping(parent: Command, finish: Finish, what: "recordings" | "messages"): void {
  const days = wholeOr("for-ever");
  const command = ofTenant(parent.command("keep"))
    .description(`show or set after how many days ${what} are deleted`)
    .argument("[days]", "1 to 36500, or for-ever", days);
  asks(command, finish, {
    does: "retention",
    input: (options, [kept]) => ({
      ...options,
      ...(kept === undefined ? {} : { [what]: kept === "for-ever" ? null : kept }),
    }),
    text: ({ [what]: kept }: { readonly [Kind in typeof what]: number | null }) =>
      kept === null ? `${what} are kept for ever` : `${what} are deleted after ${kept} ${kept === 1 ? "day" : "days"}`,
  });
}
