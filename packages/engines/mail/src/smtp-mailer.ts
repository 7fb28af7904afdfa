import { stat } from "node:fs/promises";
import type { Mail, Mailer, MailRefusal } from "@cordboard/core";
import type { Clock, Millis, Result } from "@cordboard/kernel";
import { ok, refused, seconds } from "@cordboard/kernel";
import type { NodemailerError } from "nodemailer";
import { createTransport } from "nodemailer";

/** What a mailer by SMTP is made of. */
export interface SmtpMailerOptions {
  /** `smtp://` or `smtps://`, with name and password if the mail server wants them. */
  readonly url: URL;
  /** Address that mail comes from, with a name or without. */
  readonly from: string;
  readonly clock: Clock;
  /** How long one mail may take from beginning to end; default 60 s. */
  readonly deadline?: Millis;
}

/** A mailer that can be closed. */
export interface SmtpMailer extends Mailer {
  /** Gives up what is on its way, and takes nothing more. */
  close(): void;
}

/** Mails that are on their way at once; more are refused. */
export const MOST_AT_ONCE = 16;

/** Largest file that goes with a mail, in bytes: 43 minutes of G.711, and as much as most mail servers take. */
export const LARGEST_FILE_BYTES: number = 20 * 1024 * 1024;

/** Longest answer of a mail server that is read, in bytes. */
const LONGEST_ANSWER = 64 * 1024;

/** Longest reason that is passed on, in characters. */
const LONGEST_REASON = 200;

/** Sends each mail over a connection of its own. */
export function createSmtpMailer({ url, from, clock, deadline = seconds(60) }: SmtpMailerOptions): SmtpMailer {
  const transport = createTransport({
    url: url.href,
    // A password never leaves this machine in the clear, whatever the mail server offers.
    requireTLS: url.password !== "" && !isLoopback(url.hostname),
    maxResponseSize: LONGEST_ANSWER,
    disableUrlAccess: true,
  });
  const closing = new AbortController();
  let onTheWay = 0;

  const deliver = async (mail: Mail): Promise<Result<void, MailRefusal>> => {
    const file = await unreadable(mail.attachment?.path);
    if (file !== undefined) return refused({ code: "no-file", why: file });
    const deadlinePassed = new AbortController();
    const timer = clock.after(deadline, () => deadlinePassed.abort());
    const signal = AbortSignal.any([deadlinePassed.signal, closing.signal]);
    try {
      await transport.sendMail({
        from,
        // As a value and not as text, so that a comma in it does not make two of it.
        to: { name: "", address: mail.to },
        subject: mail.subject,
        text: mail.text,
        attachments: attachmentsOf(mail),
        signal,
      });
      return ok(undefined);
    } catch (cause) {
      return refused(signal.aborted ? { code: "too-slow" } : refusalOf(cause));
    } finally {
      timer.cancel();
    }
  };

  return {
    close: () => closing.abort(),
    async send(mail) {
      if (onTheWay >= MOST_AT_ONCE || closing.signal.aborted) return refused({ code: "busy" });
      onTheWay += 1;
      try {
        return await deliver(mail);
      } finally {
        onTheWay -= 1;
      }
    },
  };
}

const isLoopback = (host: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);

const attachmentsOf = ({ attachment }: Mail) =>
  attachment === null ? [] : [{ filename: attachment.name, path: attachment.path, contentType: attachment.type }];

/** Why the file cannot go with a mail; `undefined` when it can, or there is none. */
async function unreadable(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const found = await stat(path);
    if (!found.isFile()) return "not a file";
    return found.size > LARGEST_FILE_BYTES ? `${found.size} bytes` : undefined;
  } catch (cause) {
    return reasonOf(cause);
  }
}

/** What the mail server says with a status is its refusal; everything else is the way to it. */
function refusalOf(cause: unknown): MailRefusal {
  const { responseCode } = cause as Partial<NodemailerError>;
  const why = reasonOf(cause);
  return responseCode === undefined ? { code: "unreachable", why } : { code: "refused", status: responseCode, why };
}

const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ").slice(0, LONGEST_REASON);
