import type { RecordingId, UserId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import { expect, test } from "vitest";
import type { DepositState } from "./deposit.ts";
import { MAX_MESSAGES, SHORTEST_MESSAGE_MS, stepDeposit } from "./deposit.ts";
import type { AttendantInput, Mailbox, VoiceMessage } from "./types.ts";

const recording = "rec_1" as RecordingId;
const empty: Mailbox = { user: "usr_1" as UserId, language: "en", greeting: null, messages: [] };
const full: Mailbox = { ...empty, messages: Array.from({ length: MAX_MESSAGES }, () => ({}) as VoiceMessage) };

/** The state and the kinds of actions after each of these inputs, in turn. */
function after(mailbox: Mailbox, ...inputs: readonly AttendantInput[]): readonly string[] {
  let state: DepositState = { at: "idle" };
  return inputs.map((input) => {
    const [next, actions] = stepDeposit(state, input, { mailbox, newRecording: () => recording });
    state = next;
    return [
      state.at,
      ...actions.map((action) => (action.type === "say" ? `say ${said(action.words)}` : action.type)),
    ].join(" ");
  });
}
const said = (words: readonly object[]): string => words.map((word) => Object.values(word)[0] as string).join("+");
const recorded = (lasted: number): AttendantInput => ({ type: "recorded", lasted: ms(lasted) });
const begun = { type: "begun" } as const;
const played = { type: "said" } as const;
const pressed = (digit: string): AttendantInput => ({ type: "digit", digit });

test("greets, takes the message down, keeps it, thanks and hangs up", () => {
  expect(after(empty, begun, played, recorded(5_000), played)).toEqual([
    "greeting say leave-a-message+beep",
    "recording record",
    "thanks keep-message say message-kept+goodbye",
    "over hang-up",
  ]);
});

test("plays the user's own greeting where there is one", () => {
  expect(after({ ...empty, greeting: recording }, begun)).toEqual(["greeting say rec_1+beep"]);
});

test("# leaves the greeting out, and ends the message", () => {
  expect(after(empty, begun, pressed("#"), pressed("#"), recorded(2_000))).toEqual([
    "greeting say leave-a-message+beep",
    "recording record",
    "recording stop-recording",
    "thanks keep-message say message-kept+goodbye",
  ]);
});

test.each([
  ["shorter", SHORTEST_MESSAGE_MS - 1, "discard say goodbye"],
  ["as long", SHORTEST_MESSAGE_MS, "keep-message say message-kept+goodbye"],
])("a message that is %s than the shortest is treated so", (_what, lasted, action) => {
  expect(after(empty, begun, played, recorded(lasted))[2]).toContain(action);
});

test("a full mailbox takes nothing", () => {
  expect(after(full, begun, played)).toEqual(["thanks say mailbox-full+goodbye", "over hang-up"]);
});

test.each([["idle"], ["greeting"], ["recording"], ["thanks"], ["over"]] as const)(
  "in %s, what means nothing changes nothing",
  (at) => {
    const state: DepositState = at === "recording" ? { at, recording } : { at };
    const inputs: readonly AttendantInput[] = [begun, played, pressed("5"), recorded(9_000), { type: "silent" }];
    const meant = { idle: "begun", greeting: "said", recording: "recorded", thanks: "said", over: "" }[at];
    for (const input of inputs) {
      if (input.type === meant) continue;
      expect(stepDeposit(state, input, { mailbox: empty, newRecording: () => recording })).toEqual([state, []]);
    }
  },
);
