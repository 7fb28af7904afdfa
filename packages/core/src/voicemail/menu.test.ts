import type { RecordingId, UserId, VoiceMessageId } from "@cordboard/kernel";
import { ms } from "@cordboard/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { MenuState } from "./menu.ts";
import { stepMenu } from "./menu.ts";
import type { AttendantInput, Mailbox, VoiceMessage } from "./types.ts";

const message = (id: string, isHeard: boolean): VoiceMessage =>
  ({ id: `vm_${id}` as VoiceMessageId, isHeard, recording: `rec_${id}` as RecordingId }) as VoiceMessage;
const box = (...messages: readonly VoiceMessage[]): Mailbox => ({
  user: "usr_1" as UserId,
  language: "en",
  greeting: null,
  messages,
});
const said = (words: readonly object[]): string => words.map((word) => Object.values(word)[0] as string).join("+");

const played = { type: "said" } as const;
const silent = { type: "silent" } as const;
const begun = { type: "begun" } as const;
const pressed = (digit: string): AttendantInput => ({ type: "digit", digit });

/** The state and what is done after each of these inputs, in turn; what is deleted is gone from the mailbox. */
function after(mailbox: Mailbox, ...inputs: readonly AttendantInput[]): readonly string[] {
  let state: MenuState = { at: "idle" };
  let { messages } = mailbox;
  return inputs.map((input) => {
    const looks = { mailbox: { ...mailbox, messages }, newRecording: () => "rec_new" as RecordingId };
    const [next, actions] = stepMenu(state, input, looks);
    state = next;
    for (const action of actions)
      if (action.type === "delete") messages = messages.filter(({ id }) => id !== action.message);
    const words = actions.map((action) => {
      if (action.type === "say") return `say ${said(action.words)}`;
      return "message" in action ? `${action.type} ${action.message}` : action.type;
    });
    return [state.at, ...words].join(" ");
  });
}

test("tells how many there are, plays the new ones first, and marks what was heard", () => {
  expect(after(box(message("old", true), message("new", false)), begun, played, played, pressed("2"), played)).toEqual([
    "summary say you-have+number-1+new-message+number-1+old-message",
    "message say rec_new",
    "choosing mark-heard vm_new say message-menu",
    "message mark-heard vm_new say rec_old",
    "choosing mark-heard vm_old say message-menu",
  ]);
});

test("plays again, deletes, and says when there are no more", () => {
  expect(after(box(message("a", false)), begun, played, pressed("1"), pressed("3"))).toEqual([
    "summary say you-have+number-1+new-message",
    "message say rec_a",
    "message say rec_a",
    "main delete vm_a say deleted+no-more-messages+main-menu",
  ]);
});

test("an empty mailbox leads to the main menu", () => {
  expect(after(box(), begun, played)).toEqual(["main say no-messages+main-menu", "main wait"]);
});

test("more than there are words for are said as the most", () => {
  const many = box(...Array.from({ length: 30 }, (_, i) => message(String(i), false)));
  expect(after(many, begun)).toEqual(["summary say you-have+number-20+new-messages"]);
});

test("a greeting is recorded after its tone and kept", () => {
  const recorded: AttendantInput = { type: "recorded", lasted: ms(4_000) };
  expect(after(box(), begun, pressed("0"), played, pressed("#"), recorded)).toEqual([
    "main say no-messages+main-menu",
    "greeting-asked say record-greeting+beep",
    "greeting record",
    "greeting stop-recording",
    "main keep-greeting say greeting-kept+main-menu",
  ]);
});

test("a greeting in which nothing was said is not kept, and 9 brings back that of the house", () => {
  const recorded: AttendantInput = { type: "recorded", lasted: ms(200) };
  expect(after(box(), begun, pressed("0"), played, recorded, pressed("9"))).toEqual([
    "main say no-messages+main-menu",
    "greeting-asked say record-greeting+beep",
    "greeting record",
    "main discard say main-menu",
    "main reset-greeting say greeting-reset+main-menu",
  ]);
});

test("three silences in a row end it, and so does #", () => {
  expect(after(box(), begun, played, silent, played, silent, played, silent, played).slice(-3)).toEqual([
    "main wait",
    "leaving say goodbye",
    "over hang-up",
  ]);
  expect(after(box(message("a", false)), begun, pressed("#"), played)).toEqual([
    "summary say you-have+number-1+new-message",
    "leaving say goodbye",
    "over hang-up",
  ]);
});

test("whatever is pressed and whenever, it hangs up at most once and never speaks after that", () => {
  const input = fc.oneof(
    fc.constantFrom<AttendantInput>(begun, played, silent, { type: "recorded", lasted: ms(2_000) }),
    fc.constantFrom(..."0123456789*#").map(pressed),
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 60, size: "max" }), (inputs) => {
      const told = after(box(message("a", false), message("b", true)), begun, ...inputs);
      const end = told.findIndex((words) => words.includes("hang-up"));
      if (end >= 0) expect(told.slice(end + 1).every((words) => words === "over")).toBe(true);
    }),
  );
});
