import type { PresenceView } from "@cordboard/core";
import { expect, test } from "vitest";
import { mailboxDocument, presenceDocument } from "./watched-documents.ts";

const of = { number: "101", domain: "home.example" };
const view = (change: Partial<PresenceView>): PresenceView => ({
  extension: "101",
  shown: "available",
  status: "available",
  text: "",
  until: null,
  since: "2026-01-31T09:30:00.000Z",
  isRegistered: true,
  isConnected: true,
  ...change,
});

test.each<[string, Partial<PresenceView>, basic: string, activity: string | undefined]>([
  ["is there", {}, "open", undefined],
  ["has a phone on its desk, and no program open", { shown: "offline", isConnected: false }, "open", undefined],
  ["has a program open, and no phone", { isRegistered: false }, "closed", undefined],
  ["has neither", { shown: "offline", isRegistered: false, isConnected: false }, "closed", undefined],
  ["is away", { shown: "away", status: "away" }, "open", "away"],
  ["is not to be disturbed", { shown: "do-not-disturb", status: "do-not-disturb" }, "closed", "busy"],
  ["is rung", { shown: "ringing" }, "open", "busy"],
  ["talks", { shown: "talking" }, "open", "on-the-phone"],
  ["talks, and is not to be disturbed", { shown: "talking", status: "do-not-disturb" }, "closed", "on-the-phone"],
])("whoever %s", (_what, change, basic, activity) => {
  const document = presenceDocument(of, view(change));
  expect(/<basic>(\w+)</.exec(document)?.[1]).toBe(basic);
  expect(/<rpid:activities><rpid:([\w-]+)/.exec(document)?.[1]).toBe(activity);
});

test("a presence carries the user's own words and since when it is so", () => {
  const document = presenceDocument(of, view({ text: "at <lunch>" }));
  expect(document).toContain('entity="sip:101@home.example"');
  expect(document).toContain("<note>at &lt;lunch&gt;</note><timestamp>2026-01-31T09:30:00.000Z</timestamp>");
});

test("a mailbox says where it is listened to, if anywhere", () => {
  const counts = { user: "usr_1" as never, fresh: 1, old: 2 };
  expect(mailboxDocument(counts, undefined)).toBe("Messages-Waiting: yes\r\nVoice-Message: 1/2 (0/0)\r\n");
  expect(mailboxDocument(counts, { number: "9003", domain: "home.example" })).toContain(
    "Message-Account: sip:9003@home.example\r\n",
  );
});
