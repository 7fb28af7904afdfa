import type { Command } from "commander";
import { Argument } from "commander";
import type { ShownRecordingRule } from "../admin/recording-rules.ts";
import type { Finish } from "./options.ts";
import { asks, ofTenant, onOrOff } from "./options.ts";

/** `user record`: whose talks are recorded without being asked. */
export function userRecord(user: Command, finish: Finish): void {
  const command = ofTenant(user.command("record"))
    .description("show or set whether every talk of a user is recorded")
    .argument("<extension>", "its number")
    .addArgument(
      new Argument("[when]", "every talk from its beginning, or only what is asked for").choices(["always", "never"]),
    );
  asks(command, finish, {
    does: "recording-rule",
    input: (options, [extension, when]) => ({
      ...options,
      extension,
      ...(when === undefined ? {} : { isAlways: when === "always" }),
    }),
    text: ({ extension, name, isAlwaysRecorded }: ShownRecordingRule) =>
      `${extension} ${name}: ${isAlwaysRecorded ? "every talk is recorded" : "recorded when that is asked for"}`,
  });
}

/** `recordings notice`: whether a tone tells of each recording. */
export function recordingNotice(recordings: Command, finish: Finish): void {
  const command = ofTenant(recordings.command("notice"))
    .description("show or set whether a tone at its beginning tells all who are recorded")
    .argument("[on|off]", "from the next recording on", onOrOff);
  asks(command, finish, {
    does: "recording-notice",
    input: (options, [isGiven]) => ({ ...options, isGiven }),
    text: ({ isGiven }: { readonly isGiven: boolean }) =>
      isGiven ? "a tone tells of each recording" : "nothing tells of recordings",
  });
}
