import type { RecordingId, VoiceMessageId } from "@cordboard/kernel";
import { SHORTEST_MESSAGE_MS } from "./deposit.ts";
import type { AttendantAction, AttendantInput, Mailbox, PromptName, VoiceMessage, Word } from "./types.ts";

/**
 * Lets a user hear and delete messages, and record a greeting.
 * ```
 * idle ─begun─► summary ─said─► message ─said─► choosing ─1─► message
 *                  │               └─1 2 3 0 #──────┘ ├─2 3─► next message, or main
 *                  └─ none ─► main ◄──────────────────┘ └─0─► greeting-asked ─said─► greeting ─recorded─► main
 * ```
 * In main, 9 brings the house's greeting back.
 * `#` ends it anywhere, as do three silences in a row.
 */
export type MenuState =
  | { readonly at: "idle" | "leaving" | "over" }
  | { readonly at: "summary"; readonly queue: readonly VoiceMessageId[] }
  | { readonly at: "message" | "choosing"; readonly queue: readonly VoiceMessageId[]; readonly silences: number }
  | { readonly at: "main"; readonly silences: number }
  | { readonly at: "greeting-asked" }
  | { readonly at: "greeting"; readonly recording: RecordingId };

/** What a menu may look at. */
export interface MenuContext {
  readonly mailbox: Mailbox;
  newRecording(): RecordingId;
}

/** Highest number that there is a prompt for. */
const MOST_SAID = 20;

/** Silences in a row after which nobody is there any more. */
const MAX_SILENCES = 3;

type Step = readonly [MenuState, readonly AttendantAction[]];

/** Next state and what to do, never doing it. Inputs that mean nothing leave the state as it is. */
export function stepMenu(state: MenuState, input: AttendantInput, context: MenuContext): Step {
  if (input.type === "digit" && input.digit === "#" && isServing(state)) return leave();
  switch (state.at) {
    case "idle":
      return input.type === "begun" ? summary(context) : [state, []];
    case "summary":
      if (input.type === "said") return play(state.queue, context);
      return input.type === "digit" ? choose(state.queue, input.digit, context) : [state, []];
    case "message":
      if (input.type === "said") return heard(state.queue);
      return input.type === "digit" ? choose(state.queue, input.digit, context) : [state, []];
    case "choosing":
      return choosing(state, input, context);
    case "main":
      return main(state, input);
    case "greeting-asked":
      return input.type === "said" ? recordGreeting(context) : [state, []];
    case "greeting":
      return greeting(state, input);
    case "leaving":
      return input.type === "said" ? [{ at: "over" }, [{ type: "hang-up" }]] : [state, []];
    default:
      return [state, []];
  }
}

const isServing = ({ at }: MenuState): boolean => !["idle", "greeting", "leaving", "over"].includes(at);

const say = (...words: readonly Word[]): AttendantAction => ({ type: "say", words });

const leave = (): Step => [{ at: "leaving" }, [say({ prompt: "goodbye" })]];

const toMain = (...first: readonly Word[]): Step => [
  { at: "main", silences: 0 },
  [say(...first, { prompt: "main-menu" })],
];

/** How many there are: new ones are heard first, then the others, the oldest first. */
function summary({ mailbox: { messages } }: MenuContext): Step {
  const [fresh, old] = [messages.filter(({ isHeard }) => !isHeard), messages.filter(({ isHeard }) => isHeard)];
  if (messages.length === 0) return toMain({ prompt: "no-messages" });
  const words: Word[] = [{ prompt: "you-have" }];
  if (fresh.length > 0) words.push(number(fresh), { prompt: plural(fresh, "new") });
  if (old.length > 0) words.push(number(old), { prompt: plural(old, "old") });
  return [{ at: "summary", queue: [...fresh, ...old].map(({ id }) => id) }, [say(...words)]];
}

const number = (messages: readonly VoiceMessage[]): Word => ({
  prompt: `number-${Math.min(messages.length, MOST_SAID)}`,
});

const plural = (messages: readonly VoiceMessage[], age: "new" | "old"): PromptName =>
  messages.length === 1 ? `${age}-message` : `${age}-messages`;

/** Plays the first of the queue that is still there. */
function play(queue: readonly VoiceMessageId[], { mailbox }: MenuContext, ...first: readonly Word[]): Step {
  const there = queue.filter((id) => mailbox.messages.some((message) => message.id === id));
  const message = mailbox.messages.find(({ id }) => id === there[0]);
  if (message === undefined) return toMain(...first, { prompt: "no-more-messages" });
  return [{ at: "message", queue: there, silences: 0 }, [say(...first, { recording: message.recording })]];
}

/** A message counts as heard when it has been played to its end. */
function heard(queue: readonly VoiceMessageId[]): Step {
  const [message] = queue;
  const marks: readonly AttendantAction[] = message === undefined ? [] : [{ type: "mark-heard", message }];
  return [{ at: "choosing", queue, silences: 0 }, [...marks, say({ prompt: "message-menu" })]];
}

function choose(queue: readonly VoiceMessageId[], digit: string, context: MenuContext): Step {
  const [message, ...rest] = queue;
  switch (digit) {
    case "1":
      return play(queue, context);
    case "2": {
      const [next, actions] = play(rest, context);
      return [next, message === undefined ? actions : [{ type: "mark-heard", message }, ...actions]];
    }
    case "3": {
      const [next, actions] = play(rest, context, { prompt: "deleted" });
      return [next, message === undefined ? actions : [{ type: "delete", message }, ...actions]];
    }
    case "0":
      return askGreeting();
    default:
      return [{ at: "choosing", queue, silences: 0 }, [say({ prompt: "message-menu" })]];
  }
}

function choosing(
  state: Extract<MenuState, { at: "message" | "choosing" }>,
  input: AttendantInput,
  context: MenuContext,
): Step {
  if (input.type === "said") return [state, [{ type: "wait" }]];
  if (input.type === "digit") return choose(state.queue, input.digit, context);
  if (input.type !== "silent") return [state, []];
  const silences = state.silences + 1;
  return silences >= MAX_SILENCES ? leave() : [{ ...state, silences }, [say({ prompt: "message-menu" })]];
}

function main(state: Extract<MenuState, { at: "main" }>, input: AttendantInput): Step {
  if (input.type === "said") return [state, [{ type: "wait" }]];
  if (input.type === "digit" && input.digit === "9") return resetGreeting();
  if (input.type === "digit") return input.digit === "0" ? askGreeting() : toMain();
  if (input.type !== "silent") return [state, []];
  const silences = state.silences + 1;
  return silences >= MAX_SILENCES ? leave() : [{ at: "main", silences }, [say({ prompt: "main-menu" })]];
}

const askGreeting = (): Step => [{ at: "greeting-asked" }, [say({ prompt: "record-greeting" }, { prompt: "beep" })]];

function resetGreeting(): Step {
  const [next, actions] = toMain({ prompt: "greeting-reset" });
  return [next, [{ type: "reset-greeting" }, ...actions]];
}

function recordGreeting({ newRecording }: MenuContext): Step {
  const recording = newRecording();
  return [{ at: "greeting", recording }, [{ type: "record", recording }]];
}

function greeting(state: Extract<MenuState, { at: "greeting" }>, input: AttendantInput): Step {
  const { recording } = state;
  if (input.type === "digit" && input.digit === "#") return [state, [{ type: "stop-recording", recording }]];
  if (input.type !== "recorded") return [state, []];
  if (input.lasted < SHORTEST_MESSAGE_MS) {
    const [next, actions] = toMain();
    return [next, [{ type: "discard", recording }, ...actions]];
  }
  const [next, actions] = toMain({ prompt: "greeting-kept" });
  return [next, [{ type: "keep-greeting", recording }, ...actions]];
}
