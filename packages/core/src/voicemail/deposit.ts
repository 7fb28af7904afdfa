import type { RecordingId } from "@cordboard/kernel";
import type { AttendantAction, AttendantInput, Mailbox, Word } from "./types.ts";

/**
 * Takes a message for a user.
 * ```
 * idle ─begun─► greeting ─said, #─► recording ─recorded─► thanks ─said─► over
 *                  └─ full ────────────────────────────────┘
 * ```
 */
export type DepositState =
  | { readonly at: "idle" | "greeting" | "thanks" | "over" }
  | { readonly at: "recording"; readonly recording: RecordingId };

/** What a deposit may look at. */
export interface DepositContext {
  readonly mailbox: Mailbox;
  newRecording(): RecordingId;
}

/** Messages of one user, at most. */
export const MAX_MESSAGES = 100;

/** What lasts less is a caller who hung up at the tone, in milliseconds. */
export const SHORTEST_MESSAGE_MS = 1_000;

/** Next state and what to do, never doing it. Inputs that mean nothing leave the state as it is. */
export function stepDeposit(
  state: DepositState,
  input: AttendantInput,
  context: DepositContext,
): readonly [DepositState, readonly AttendantAction[]] {
  switch (state.at) {
    case "idle":
      return input.type === "begun" ? begin(context) : [state, []];
    case "greeting":
      return input.type === "said" || (input.type === "digit" && input.digit === "#") ? record(context) : [state, []];
    case "recording":
      if (input.type === "digit" && input.digit === "#") {
        return [state, [{ type: "stop-recording", recording: state.recording }]];
      }
      return input.type === "recorded" ? finish(state.recording, input) : [state, []];
    case "thanks":
      return input.type === "said" ? [{ at: "over" }, [{ type: "hang-up" }]] : [state, []];
    default:
      return [state, []];
  }
}

type Step = readonly [DepositState, readonly AttendantAction[]];

function begin({ mailbox }: DepositContext): Step {
  if (mailbox.messages.length >= MAX_MESSAGES) {
    return [{ at: "thanks" }, [{ type: "say", words: [{ prompt: "mailbox-full" }, { prompt: "goodbye" }] }]];
  }
  const greeting: Word = mailbox.greeting === null ? { prompt: "leave-a-message" } : { recording: mailbox.greeting };
  return [{ at: "greeting" }, [{ type: "say", words: [greeting, { prompt: "beep" }] }]];
}

function record({ newRecording }: DepositContext): Step {
  const recording = newRecording();
  return [{ at: "recording", recording }, [{ type: "record", recording }]];
}

function finish(recording: RecordingId, { lasted }: Extract<AttendantInput, { type: "recorded" }>): Step {
  if (lasted < SHORTEST_MESSAGE_MS)
    return [
      { at: "thanks" },
      [
        { type: "discard", recording },
        { type: "say", words: [{ prompt: "goodbye" }] },
      ],
    ];
  return [
    { at: "thanks" },
    [
      { type: "keep-message", recording, lasted },
      { type: "say", words: [{ prompt: "message-kept" }, { prompt: "goodbye" }] },
    ],
  ];
}
