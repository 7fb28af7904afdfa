import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Phone } from "@cordboard/phone";
import type { TestFolder } from "@cordboard/testkit";
import { makeTestFolder } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SinkAnswers, SmtpSink } from "../packages/engines/mail/test/smtp-sink.ts";
import { startSmtpSink } from "../packages/engines/mail/test/smtp-sink.ts";
import { administer } from "./admin-socket.ts";
import { cordboard, cordboardJson } from "./command.ts";
import { scriptedPhone } from "./company.ts";
import { newRecording, recordedFiles } from "./recorded-files.ts";
import type { Server } from "./server.ts";
import { fieldsOf, startServer } from "./server.ts";
import { until } from "./until.ts";

interface Message {
  readonly id: string;
  readonly file: string;
}

const PASSWORD = "one-two-three";
const ADDRESS = "ada@example.com";
/** Of the mail server; it must never be seen. */
const SECRET = "letterbox-secret";
const TONE_HZ = 660;

let folder: TestFolder;
let sink: SmtpSink | undefined;
let server: Server;
let caller: Phone | undefined;
beforeEach(async () => {
  folder = await makeTestFolder();
});
afterEach(async () => {
  await caller?.close();
  caller = undefined;
  expect((await server.stop()).code).toBe(0);
  await sink?.close();
  expect(server.child.said.join("\n")).not.toContain(SECRET);
  await folder.remove();
}, 60_000);

/** Starts a server that hands its mail to a mail server which answers so. */
async function start(answers: SinkAnswers = {}): Promise<void> {
  sink = await startSmtpSink(answers);
  const url = Object.assign(new URL(sink.url), { username: "phone", password: SECRET });
  const settings = { CORDBOARD_SMTP_URL: url.href, CORDBOARD_MAIL_FROM: "Telephone <phone@example.com>" };
  server = await startServer({ data: join(folder.path, "data"), settings });
}

/** 201 calls, and 202 has no phone and wants voicemail, by e-mail too. */
async function office(words: readonly string[] = []): Promise<void> {
  const { data } = server;
  await administer(data, "user-add", { extension: "201", name: "Bert", sipPassword: PASSWORD });
  await administer(data, "user-add", { extension: "202", name: "Ada", email: ADDRESS });
  await administer(data, "user-reach", { extension: "202", forward: { notRegistered: { kind: "voicemail" } } });
  if (words.length > 0) await cordboardJson(data, ["user", "mail", "202", ...words]);
}

const messages = (): Promise<readonly Message[]> =>
  administer<readonly Message[]>(server.data, "voicemail-list", { extension: "202" });

/** Leaves a message, and hangs up. */
async function leaveMessage(): Promise<Message> {
  const account = { password: PASSWORD, domain: "localhost", sound: { frequencyHz: TONE_HZ } } as const;
  caller ??= await scriptedPhone(server, "201", account);
  const [before, known] = [await messages(), await recordedFiles(server)];
  const call = caller.call("202");
  await call.answered();
  // Leaves out the greeting.
  await call.sendDigits("#");
  await newRecording(server, { seconds: 1, known });
  // What the tone says goes on for some packets.
  await call.hangUp();
  return until("the message to be kept", async () => {
    const all = await messages();
    return all.length > before.length ? all.at(-1) : undefined;
  });
}

/** The mails that came, once there are so many. */
const taken = (count: number) =>
  until(
    () => `${count} mails; ${sink?.taken.length} came`,
    () => (sink !== undefined && sink.taken.length >= count ? sink.taken : undefined),
    { withinMs: 30_000 },
  );

/** The lines of the log with this beginning. */
const logged = (beginning: string): readonly unknown[] =>
  server.child.said.flatMap((line) => {
    const fields = fieldsOf(line);
    return String(fields?.["msg"]).startsWith(beginning) ? [fields] : [];
  });

test("a message comes by e-mail with its sound, and stays in the mailbox", async () => {
  await start();
  await office();
  const { file } = await leaveMessage();
  const [mail] = await taken(1);
  expect(mail).toMatchObject({ from: "phone@example.com", to: [ADDRESS] });
  expect(mail?.data).toContain("Subject: Voice message from Bert (201)");
  const [, sound = ""] = /Content-Type: audio\/wav[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(mail?.data ?? "") ?? [];
  expect(Buffer.from(sound, "base64").equals(await readFile(file))).toBe(true);
  expect(await messages()).toMatchObject([{ isHeard: false }]);
  await until("the line of it", () => logged("a message was brought by e-mail").length === 1);
});

test("for who wants that, the sound stays behind, and the message goes once its mail was taken, with its file", async () => {
  await start();
  await office(["--sound", "off", "--delete-after", "on"]);
  const { file } = await leaveMessage();
  const [mail] = await taken(1);
  expect(mail?.data).not.toContain("audio/wav");
  await until("the mailbox to be empty", async () => (await messages()).length === 0);
  await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a mail server that refuses loses nothing: the mail comes when one takes it there, once", async () => {
  await start({ RCPT: "451 later" });
  await office();
  await leaveMessage();
  await until("a line of the refusal", () => logged("a message could not be brought").length === 1);
  expect(logged("a message could not be brought")).toMatchObject([{ code: "refused", status: 451 }]);
  // At the same address, one that takes what comes.
  const port = Number(sink?.url.port);
  await sink?.close();
  sink = await startSmtpSink({}, port);
  await taken(1);
  await until("the line of it", () => logged("a message was brought by e-mail").length === 1);
  expect(sink.taken).toHaveLength(1);
});

test("a kill -9 while the mail server holds the mail loses nothing", async () => {
  await start({ end: null });
  await office();
  await leaveMessage();
  await until("the mail server to have it all", () => sink?.taken.length === 1);
  await caller?.close();
  caller = undefined;
  await server.kill();
  await sink?.close();
  await start();
  await taken(1);
  expect(await messages()).toHaveLength(1);
});

test("the address is shown and changed, and what is none is refused", async () => {
  await start();
  await office();
  const { data } = server;
  expect((await cordboard(data, ["user", "mail", "202"])).text).toMatch(/^messages by e-mail to {3}ada@example\.com$/m);
  expect(await cordboard(data, ["user", "mail", "202", "--to", "a@b, c@d"])).toMatchObject({
    code: 1,
    text: expect.stringContaining("has the form name@domain"),
  });
  expect(await cordboardJson(data, ["user", "mail", "202", "--to", "none"])).toMatchObject({ address: null });
  expect((await cordboard(data, ["user", "mail", "202", "--sound", "off"])).text).toContain("--to sets it");
  await leaveMessage();
  expect(sink?.heard).toEqual([]);
});
