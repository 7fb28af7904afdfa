import { instant, seconds } from "@cordboard/kernel";
import { expect, test } from "vitest";
import type { MessageMailParts } from "./message-mail.ts";
import { messageMail } from "./message-mail.ts";

const parts = (change: Partial<MessageMailParts> = {}): MessageMailParts => ({
  message: {
    from: { name: "Ada", number: "0039045123" },
    at: instant(Date.UTC(2026, 0, 31, 22, 30)),
    lasted: seconds(65.4),
  },
  to: "bert@example.com",
  language: "en",
  timeZone: "Europe/Rome",
  path: "/data/rec_1.wav",
  ...change,
});

test.each([
  ["en", "Voice message from Ada (0039045123)", /Saturday/],
  ["it-CH", "Messaggio vocale da Ada (0039045123)", /sabato/],
  ["DE", "Sprachnachricht von Ada (0039045123)", /Samstag/],
  ["fr", "Message vocal de Ada (0039045123)", /samedi/],
  ["es-MX", "Mensaje de voz de Ada (0039045123)", /sábado/],
  ["pt", "Voice message from Ada (0039045123)", /Saturday/],
  ["constructor", "Voice message from Ada (0039045123)", /Saturday/],
])("in %s it says who called, and when by the tenant's clock, and how long", (language, subject, day) => {
  const mail = messageMail(parts({ language }));
  expect(mail.subject).toBe(subject);
  expect(mail.text).toMatch(day);
  expect(mail.text).toMatch(/23:30|11:30\s?PM/);
  expect(mail.text).toContain("Ada (0039045123)");
  expect(mail.text).toContain("1:05");
});

test("the sound goes with it, under a name that says when", () => {
  const { attachment, to } = messageMail(parts());
  expect(attachment).toEqual({ name: "2026-01-31T22-30.wav", path: "/data/rec_1.wav", type: "audio/wav" });
  expect(to).toBe("bert@example.com");
});

test.each([
  [{ name: "", number: "" }, "Voice message from an unknown number"],
  [{ name: "", number: "102" }, "Voice message from 102"],
  [{ name: "Ada", number: "" }, "Voice message from Ada"],
  [{ name: "102", number: "102" }, "Voice message from 102"],
  [{ name: "A\r\nBcc: all@example.com", number: "1" }, "Voice message from A Bcc: all@example.com (1)"],
  [{ name: "x".repeat(500), number: "1" }, `Voice message from ${"x".repeat(64)} (1)`],
])("whoever calls as %o", (from, subject) => {
  const { message } = parts();
  expect(messageMail(parts({ message: { ...message, from } })).subject).toBe(subject);
});
