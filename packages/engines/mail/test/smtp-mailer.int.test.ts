import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mail, Mailer } from "@cordboard/core";
import { seconds } from "@cordboard/kernel";
import type { ManualClock } from "@cordboard/testkit";
import { manualClock } from "@cordboard/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSmtpMailer, LARGEST_FILE_BYTES, MOST_AT_ONCE } from "../src/smtp-mailer.ts";
import type { SinkAnswers, SmtpSink } from "./smtp-sink.ts";
import { startSmtpSink } from "./smtp-sink.ts";

const sound: Uint8Array = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 31) % 256);
let folder: string;
let path: string;
let clock: ManualClock;
let sink: SmtpSink | undefined;
beforeEach(async () => {
  clock = manualClock();
  folder = await mkdtemp(join(tmpdir(), "cordboard-mail-"));
  path = join(folder, "rec_1.wav");
  await writeFile(path, sound);
});
afterEach(async () => {
  await sink?.close();
  sink = undefined;
  await rm(folder, { recursive: true });
  expect(clock.pending).toBe(0);
});

const mail = (change: Partial<Mail> = {}): Mail => ({
  to: "bert@example.com",
  subject: "Messaggio vocale da Zoë",
  text: "C'è un messaggio.\n",
  attachment: { name: "message.wav", path, type: "audio/wav" },
  ...change,
});
const from = "Telefono <phone@example.com>";

async function mailerTo(answers: SinkAnswers = {}): Promise<Mailer> {
  sink = await startSmtpSink(answers);
  return createSmtpMailer({ url: sink.url, from, clock });
}

/** The parts of a taken mail, each with what its transfer encoding hides. */
function partsOf(data: string): readonly { readonly head: string; readonly body: Buffer }[] {
  const boundary = /boundary="(.+?)"/.exec(data)?.[1] ?? "none";
  return data
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const end = part.indexOf("\r\n\r\n");
      const [head, body] = [part.slice(0, end), part.slice(end + 4)];
      return { head, body: Buffer.from(body, head.includes("base64") ? "base64" : "latin1") };
    });
}

test("a mail comes as it was given: from whom, to whom, what it says, and the sound", async () => {
  const mailer = await mailerTo();
  expect(await mailer.send(mail())).toEqual({ ok: true, value: undefined });
  const [taken] = sink?.taken ?? [];
  expect(taken).toMatchObject({ from: "phone@example.com", to: ["bert@example.com"] });
  const { data } = taken ?? { data: "" };
  expect(data).toMatch(/^From: Telefono <phone@example\.com>\r\nTo: bert@example\.com\r\n/);
  expect(data).toMatch(/\r\nSubject: =\?UTF-8\?[QB]\?/);
  const [text, file] = partsOf(data);
  expect(text?.head).toContain("text/plain; charset=utf-8");
  expect(text?.body.toString()).toMatch(/C'è un messaggio|C'=C3=A8 un messaggio/);
  expect(file?.head).toContain("Content-Type: audio/wav; name=message.wav");
  expect(file?.head).toContain("attachment; filename=message.wav");
  expect(file?.body.equals(sound)).toBe(true);
});

test("nothing that is put into a mail makes a second address or a header of it", async () => {
  const mailer = await mailerTo();
  await mailer.send(mail({ subject: "a\r\nBcc: all@example.com", to: "bert@example.com" }));
  await mailer.send(mail({ to: "bert@example.com, all@example.com" }));
  expect(sink?.taken[0]?.data).not.toMatch(/^Bcc:/im);
  expect(sink?.taken.flatMap(({ to }) => to)).not.toContain("all@example.com");
});

describe("a mail is refused with its reason", () => {
  test.each([
    ["the sender", { MAIL: "550 who are you" }, 550],
    ["the recipient", { RCPT: "550 no such mailbox" }, 550],
    ["the content", { end: "554 too large" }, 554],
    ["everybody today", { greeting: "421 closed" }, 421],
  ])("when the mail server does not want %s", async (_what, answers, status) => {
    const mailer = await mailerTo(answers);
    expect(await mailer.send(mail())).toMatchObject({ ok: false, error: { code: "refused", status } });
    expect(sink?.taken.length ?? 0).toBeLessThanOrEqual(1);
  });

  test("when nobody listens there", async () => {
    const mailer = await mailerTo();
    await sink?.close();
    expect(await mailer.send(mail())).toMatchObject({ ok: false, error: { code: "unreachable" } });
  });

  test.each([["greeting"], ["EHLO"], ["MAIL"], ["end"]])(
    "when the mail server falls silent at %s, once the deadline is over, and lets go of it",
    async (at) => {
      const mailer = await mailerTo({ [at]: null });
      const sent = mailer.send(mail());
      await sink?.connections(1);
      if (at !== "greeting") await expect.poll(() => sink?.heard).toContain(at === "end" ? "DATA" : at);
      clock.advance(seconds(59));
      expect(await Promise.race([sent, Promise.resolve("waits")])).toBe("waits");
      clock.advance(seconds(1));
      expect(await sent).toEqual({ ok: false, error: { code: "too-slow" } });
      await expect.poll(() => sink?.open()).toBe(0);
    },
  );

  test("when its file is not there, is none, or is too large for any mail", async () => {
    const mailer = await mailerTo();
    const large = join(folder, "large.wav");
    await writeFile(large, new Uint8Array(LARGEST_FILE_BYTES + 1));
    for (const wrong of [join(folder, "none.wav"), folder, large]) {
      const attachment = { name: "a.wav", path: wrong, type: "audio/wav" };
      expect(await mailer.send(mail({ attachment }))).toMatchObject({ ok: false, error: { code: "no-file" } });
    }
    expect(sink?.heard).toEqual([]);
  });

  test("when too many are on their way", async () => {
    const mailer = await mailerTo({ greeting: null });
    const many = Array.from({ length: MOST_AT_ONCE }, () => mailer.send(mail()));
    expect(await mailer.send(mail())).toEqual({ ok: false, error: { code: "busy" } });
    await sink?.connections(MOST_AT_ONCE);
    clock.advance(seconds(60));
    const codes = (await Promise.all(many)).map((result) => (result.ok ? "ok" : result.error.code));
    expect(new Set(codes)).toEqual(new Set(["too-slow"]));
  });

  test("when the server closes in the middle of it, and after that", async () => {
    sink = await startSmtpSink({ end: null });
    const mailer = createSmtpMailer({ url: sink.url, from, clock });
    const sent = mailer.send(mail());
    await expect.poll(() => sink?.heard).toContain("DATA");
    mailer.close();
    expect(await sent).toEqual({ ok: false, error: { code: "too-slow" } });
    await expect.poll(() => sink?.open()).toBe(0);
    expect(await mailer.send(mail())).toEqual({ ok: false, error: { code: "busy" } });
  });

  test("before a password leaves the machine in the clear", async () => {
    sink = await startSmtpSink();
    const withPassword = (host: string): Mailer => {
      const url = new URL(sink?.url ?? "smtp://none");
      return createSmtpMailer({
        url: Object.assign(url, { hostname: host, username: "phone", password: "x" }),
        from,
        clock,
      });
    };
    // An address that is not the loopback's by name leads to it all the same.
    expect(await withPassword("0.0.0.0").send(mail())).toMatchObject({ ok: false });
    expect(sink.heard).not.toContain("AUTH");
    expect(await withPassword("127.0.0.1").send(mail())).toMatchObject({ ok: true });
    expect(sink.heard).toContain("AUTH");
  });
});
