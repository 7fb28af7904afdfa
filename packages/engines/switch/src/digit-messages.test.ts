import { expect, test } from "vitest";
import { DigitMessages } from "./digit-messages.ts";

/** What was sent, and a way to answer it. */
function phone() {
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const messages = new DigitMessages((digit) => {
    sent.push(digit);
    return new Promise<void>((resolve, reject) =>
      answers.push(digit === "#" ? () => reject(new Error("gone")) : resolve),
    );
  });
  const answer = async (): Promise<void> => {
    answers.shift()?.();
    await Promise.resolve().then(() => Promise.resolve());
  };
  return { sent, messages, answer };
}

test("a digit leaves when the one before is answered, or has failed", async () => {
  const { sent, messages, answer } = phone();
  expect(messages.add("1#")).toBe(true);
  expect(messages.add("2")).toBe(true);
  expect(sent).toEqual(["1"]);
  for (let i = 0; i < 3; i++) await answer();
  expect(sent).toEqual(["1", "#", "2"]);
  messages.add("3");
  expect(sent).toEqual(["1", "#", "2", "3"]);
});

test("more digits than anybody presses are refused as a whole", () => {
  const { messages } = phone();
  expect(messages.add("1".repeat(65))).toBe(false);
  expect(messages.add("1".repeat(64))).toBe(true);
  expect(messages.add("22")).toBe(false);
});

test("nothing is sent any more when the talk is over", async () => {
  const { sent, messages, answer } = phone();
  messages.add("123");
  messages.close();
  await answer();
  expect(sent).toEqual(["1"]);
});
