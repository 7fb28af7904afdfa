import type { EventData } from "@cordboard/core";
import { LONGEST_MESSAGE, MOST_AT_ONCE } from "@cordboard/core";
import type { SipRequest } from "@cordboard/sip";
import { bodyText } from "@cordboard/sip";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { home, other } from "./house.ts";
import type { Phone } from "./phone.ts";
import { WatchedOffice } from "./watched-office.ts";

let office: WatchedOffice;
let told: EventData["message.sent.v1"]["message"][];
beforeEach(async () => {
  office = await WatchedOffice.open();
  told = [];
  office.office.bus.subscribe(home.id, ({ event, data }) => {
    if (event === "message.sent.v1") told.push((data as EventData["message.sent.v1"]).message);
  });
});
afterEach(() => office.close());

/** A registered phone that takes messages, and those that it got. */
async function reader(extension: string, transport: "udp" | "tcp" = "udp"): Promise<readonly SipRequest[]> {
  const { phone }: { phone: Phone } = await office.scene.registered(extension, { transport });
  const got: SipRequest[] = [];
  phone.agent.handle("MESSAGE", (incoming) => {
    got.push(incoming.request);
    incoming.respond(200);
  });
  return got;
}

/** What 101 hears when it writes. */
async function writes(to: string, body: string, type = "text/plain"): Promise<number> {
  const watcher = await office.watcher("101");
  const headers = { "Content-Type": type, "Content-Language": "en" };
  const { status } = await watcher.send("MESSAGE", to, { headers, body });
  await office.pass(100);
  return status;
}

const bob = `sip:102@${home.domain}`;

test("a message reaches every phone of whom it is for, as it was written and with the name of who wrote it", async () => {
  const phones = [await reader("102"), await reader("102", "tcp")];
  const colleague = await reader("103");
  expect(await writes(bob, "Grüß dich, 😀", "text/plain;charset=utf-8")).toBe(202);
  for (const [message, ...more] of phones) {
    const { headers } = message ?? expect.fail();
    expect([bodyText(message ?? expect.fail()), headers.get("Content-Type")]).toEqual([
      "Grüß dich, 😀",
      "text/plain;charset=utf-8",
    ]);
    expect(headers.get("From")).toContain('"Phone 101" <sip:101@home.example>');
    expect(headers.get("Content-Language")).toBe("en");
    expect(more).toEqual([]);
  }
  expect(colleague).toEqual([]);
  expect(told).toEqual([{ from: "101", to: "102", contentType: "text/plain", text: "Grüß dich, 😀", bytes: 17 }]);
});

test.each([
  ["another type", "application/im-iscomposing+xml"],
  ["text of another alphabet", "text/plain; charset=iso-8859-1"],
])("%s is passed on as it is, and its text is told to nobody", async (_what, type) => {
  const phone = await reader("102");
  expect(await writes(bob, "<isComposing/>", type)).toBe(202);
  expect(phone.map((message) => [bodyText(message), message.headers.get("Content-Type")])).toEqual([
    ["<isComposing/>", type],
  ]);
  expect(told).toMatchObject([{ text: null, bytes: 14 }]);
});

describe("a message is refused", () => {
  test.each([
    ["when no phone is registered", bob, "hello", 480],
    ["to a number that nobody has", `sip:199@${home.domain}`, "hello", 404],
    ["to another tenant", `sip:201@${home.domain}`, "hello", 404],
    ["to another tenant by its domain", `sip:101@${other.domain}`, "hello", 404],
    ["when it is too long", bob, "x".repeat(LONGEST_MESSAGE + 1), 413],
  ])("%s", async (_why, to, body, status) => {
    expect(await writes(to, body)).toBe(status);
    expect(told).toEqual([]);
  });

  test("without a proof, or with a wrong one, and reaches nobody", async () => {
    const phone = await reader("102");
    const watcher = await office.watcher("101", { password: "wrong" });
    for (const isUnproven of [true, false])
      expect((await watcher.send("MESSAGE", bob, { body: "hello", isUnproven })).status).toBe(401);
    expect([phone, told]).toEqual([[], []]);
  });

  test("when one sender sends without end, until it has waited", async () => {
    const phone = await reader("102");
    const watcher = await office.watcher("101");
    const send = () => watcher.send("MESSAGE", bob, { headers: { "Content-Type": "text/plain" }, body: "again" });
    for (let sent = 0; sent < MOST_AT_ONCE; sent++) expect((await send()).status).toBe(202);
    const refused = await send();
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "1"]);
    await office.pass(1000);
    expect((await send()).status).toBe(202);
    await office.pass(100);
    expect(phone.length).toBe(MOST_AT_ONCE + 1);
  });
});

test("a long message goes to phones whose way bears it alone", async () => {
  const [plain, stream] = [await reader("102"), await reader("102", "tcp")];
  const long = "x".repeat(LONGEST_MESSAGE);
  expect(await writes(bob, long)).toBe(202);
  expect([plain.length, stream.map(bodyText)]).toEqual([0, [long]]);
  await reader("103");
  expect(await writes(`sip:103@${home.domain}`, long)).toBe(480);
});
