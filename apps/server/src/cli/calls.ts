import type { ControlOrder } from "@cordboard/core";
import type { Command } from "commander";
import { Option } from "commander";
import type { Finish, Options } from "./options.ts";
import { asks, ofTenant } from "./options.ts";
import { callsText, devicesText } from "./show.ts";

/** What a verb turns its words and options into: an order whose ids and numbers the server checks. */
type OrderText = Readonly<Record<string, unknown>> & { readonly type: ControlOrder["type"] };

/** One verb of `cordboard call`. */
interface Verb {
  readonly name: string;
  readonly does: string;
  /** Words after the leg, with what they are. */
  readonly words?: readonly (readonly [string, string])[];
  readonly option?: Option;
  readonly order: (words: readonly string[], options: Options) => OrderText;
}

const NUMBER = ["<number>", "a number, as it would be dialled"] as const;
const OTHER = ["<other>", "another leg of the same user"] as const;
const DEVICE = "as devices shows it";

const verbs: readonly Verb[] = [
  { name: "hold", does: "let the other side hear music until resume", order: () => ({ type: "hold" }) },
  { name: "resume", does: "end a hold", order: () => ({ type: "resume" }) },
  {
    name: "mute",
    does: "let nobody hear the leg, which still hears",
    order: () => ({ type: "mute", isMuted: true }),
  },
  { name: "unmute", does: "let the leg be heard again", order: () => ({ type: "mute", isMuted: false }) },
  {
    name: "answer",
    does: "let the ringing device take the call, where it can be told to",
    order: () => ({ type: "answer" }),
  },
  {
    name: "transfer",
    does: "send the other side on to a number, and leave; it comes back when nobody can be reached there",
    words: [NUMBER],
    order: ([number]) => ({ type: "transfer", number }),
  },
  {
    name: "join",
    does: "join the other sides of two legs of the same user, and leave",
    words: [OTHER],
    order: ([other]) => ({ type: "join", other }),
  },
  {
    name: "park",
    does: "let the other side wait at a number until somebody dials that; without one, at the first that is free",
    words: [["[number]", "a number for waiting"]],
    order: ([number = null]) => ({ type: "park", number }),
  },
  {
    name: "conference",
    does: "make one talk of the calls of two legs of the same user",
    words: [OTHER],
    order: ([other]) => ({ type: "conference", other }),
  },
  {
    name: "invite",
    does: "call a number, which talks with all of the call when it answers",
    words: [NUMBER],
    order: ([number]) => ({ type: "invite", number }),
  },
  {
    name: "supervise",
    does: "ring a supervisor, who then hears the call",
    words: [["<extension>", "the supervisor's number"]],
    option: new Option("--as <way>", "unheard, heard by this leg alone, or heard by all")
      .choices(["listen", "whisper", "barge"])
      .default("listen"),
    order: ([extension], { as }) => ({ type: "supervise", extension, as }),
  },
  {
    name: "pick-up",
    does: "let the ringing leg's call be taken by another user's devices",
    words: [["<extension>", "who takes it"]],
    option: new Option("--device <id>", `only this device, ${DEVICE}`),
    order: ([extension], { device = null }) => ({ type: "pick-up", extension, device }),
  },
  {
    name: "hand-over",
    does: "go on at another device of the same user; the talk lasts until that one answers",
    words: [["<device>", `its id, ${DEVICE}`]],
    order: ([device]) => ({ type: "hand-over", device }),
  },
  {
    name: "record",
    does: "record what the leg says and hears, each on a track of its own",
    order: () => ({ type: "record", isOn: true }),
  },
  { name: "stop-recording", does: "end the recording of a leg", order: () => ({ type: "record", isOn: false }) },
  {
    name: "send-digits",
    does: "press digits towards the other side",
    words: [["<digits>", "0 to 9, *, # and A to D, at most 64"]],
    order: ([digits]) => ({ type: "send-digits", digits }),
  },
  { name: "hang-up", does: "end the leg", order: () => ({ type: "hang-up" }) },
];

/** The commands on live calls and on the devices that make them. Only a running server has any. */
export function calls(root: Command, finish: Finish): void {
  const list = ofTenant(root.command("calls")).description("list the calls that are up, with their legs");
  asks(list, finish, { does: "call-list", text: callsText });
  const devices = ofTenant(root.command("devices")).description("list the devices that are registered");
  asks(devices, finish, { does: "device-list", text: devicesText });
  const call = root.command("call").description("place a call, or tell a leg of a live one what to do");
  const place = ofTenant(call.command("place"))
    .description("ring an extension's devices, and call a number once one of them answers")
    .argument("<extension>", "who calls")
    .argument(...NUMBER)
    .option("--device <id>", `ring this device alone, ${DEVICE}`)
    .option("--auto-answer", "ask the device to answer by itself");
  asks(place, finish, {
    does: "call-place",
    input: ({ autoAnswer = false, ...options }, [extension, number]) => ({
      ...options,
      extension,
      number,
      isAutoAnswered: autoAnswer,
    }),
    text: ({ call: id }: { readonly call: string }, [extension, number]) =>
      `${id} placed: when ${extension} answers, ${number} is called`,
  });
  for (const verb of verbs) tells(call, finish, verb);
}

function tells(call: Command, finish: Finish, { name, does, words = [], option, order }: Verb): void {
  const command = ofTenant(call.command(name))
    .description(does)
    .argument("<leg>", "the leg that acts, as calls shows it");
  for (const [word, what] of words) command.argument(word, what);
  if (option !== undefined) command.addOption(option);
  asks(command, finish, {
    does: "call-control",
    input: ({ domain, ...options }, [leg, ...rest]) => ({ domain, leg, order: order(rest, options) }),
    text: (_value, [leg]) => `${leg}: ${name} done`,
  });
}
