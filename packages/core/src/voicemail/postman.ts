import type { Clock, Instant, Log, Millis, RecordingId, TenantId, Timer } from "@cordboard/kernel";
import { isoText, ms, seconds } from "@cordboard/kernel";
import type { Directory } from "../directory/index.ts";
import type { Mail, Mailer } from "../mail/index.ts";
import type { WaitingMail } from "./delivery.ts";
import { nextTry } from "./delivery.ts";
import { messageMail } from "./message-mail.ts";
import type { MailboxBook, MailboxCounts, MailOutbox } from "./ports.ts";
import type { Mailbox, VoiceMessage } from "./types.ts";

/** What a postman works with. */
export interface PostmanParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: MailOutbox;
  readonly mailer: Mailer;
  readonly mailboxes: MailboxBook;
  readonly directory: Pick<Directory, "tenant">;
  /** Where the sound of a message is. */
  readonly pathOf: (tenant: TenantId, recording: RecordingId) => string;
  /** Hears of each mailbox out of which a message went. */
  readonly onMailbox: (tenant: TenantId, counts: MailboxCounts) => void;
}

/** Brings messages to their users by e-mail. */
export interface Postman {
  /** There may be something to bring. */
  wake(): void;
  /** Begins nothing more; settles when what is being done is done. */
  stop(): Promise<void>;
}

/** Mails that are tried at once. */
export const MAILS_AT_ONCE = 8;

/** Longest time between two looks into the outbox, and the time after which one that could not be opened is tried again. */
export const LOOK_EVERY: Millis = seconds(60);

/**
 * Lets a postman work on an outbox. A mail is put off before it is tried and leaves the outbox once it has been taken: whatever happens in
 * between, it is tried again, and at worst comes twice.
 */
export function startPostman(parts: PostmanParts): Postman {
  return new Round(parts);
}

class Round implements Postman {
  readonly #parts: PostmanParts;
  #timer: Timer | undefined;
  #done: Promise<void> = Promise.resolve();
  #isRunning = false;
  #isAskedAgain = false;
  #isStopped = false;

  constructor(parts: PostmanParts) {
    this.#parts = parts;
    this.wake();
  }

  wake(): void {
    this.#isAskedAgain = true;
    if (this.#isStopped || this.#isRunning) return;
    this.#timer?.cancel();
    this.#isRunning = true;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#done;
  }

  async #run(): Promise<void> {
    let wait: Millis = LOOK_EVERY;
    try {
      while (this.#isAskedAgain && !this.#isStopped) {
        this.#isAskedAgain = false;
        wait = await this.#bringAll();
      }
    } catch (fault) {
      this.#parts.log.warn("the outbox cannot be read or written; soon again", { fault });
    }
    this.#isRunning = false;
    if (!this.#isStopped) this.#timer = this.#parts.clock.after(wait, () => this.wake());
  }

  /** Tries all that is due; how long nothing more is. */
  async #bringAll(): Promise<Millis> {
    const { outbox, clock } = this.#parts;
    for (;;) {
      const { mails, next } = await outbox.due(clock.now(), MAILS_AT_ONCE);
      if (mails.length === 0) return next === null ? LOOK_EVERY : waitFor(next, clock.now());
      const brought = await Promise.allSettled(mails.map((mail) => bring(this.#parts, mail)));
      for (const one of brought) if (one.status === "rejected") throw one.reason;
      if (this.#isStopped) return LOOK_EVERY;
    }
  }
}

const waitFor = (next: Instant, now: Instant): Millis => ms(Math.max(0, Math.min(next - now, LOOK_EVERY)));

/** Tries one mail. Rejects only when the outbox cannot be written. */
async function bring(parts: PostmanParts, mail: WaitingMail): Promise<void> {
  const { clock, log, outbox, mailboxes, onMailbox } = parts;
  const { tenant, user, recording, tries, wishes } = mail;
  const mailbox = mailboxes.mailbox(tenant, user);
  const message = mailbox?.messages.find((each) => each.recording === recording);
  // Deleted in the meantime, or its user was.
  if (mailbox === undefined || message === undefined) return outbox.remove(tenant, recording);
  const again = nextTry(mail, clock.now());
  if (again === undefined) {
    log.error("a message could not be brought by e-mail within a day; it stays in its mailbox", {
      tenant,
      user,
      tries,
    });
    return outbox.remove(tenant, recording);
  }
  await outbox.postpone(tenant, recording, again);
  const sent = await send(parts, letter(parts, mail, { mailbox, message }));
  if (!sent.ok) {
    // Once is enough to see it, however long it lasts.
    if (tries === 0)
      log.warn("a message could not be brought by e-mail; it is tried again", {
        ...{ tenant, user, ...sent.error, again: isoText(again) },
      });
    return;
  }
  if (wishes.isDeletedAfter) {
    const counts = await mailboxes.change({ type: "delete", tenant, message: message.id });
    if (counts !== undefined) onMailbox(tenant, counts);
  }
  await outbox.remove(tenant, recording);
  log.info("a message was brought by e-mail", { tenant, user, message: message.id, tries: tries + 1 });
}

/** A mail whose sound cannot be read is worth more than none. */
async function send({ mailer }: PostmanParts, mail: Mail): ReturnType<Mailer["send"]> {
  const sent = await mailer.send(mail);
  const isWithoutFile = !sent.ok && sent.error.code === "no-file" && mail.attachment !== null;
  return isWithoutFile ? mailer.send({ ...mail, attachment: null }) : sent;
}

function letter(
  { directory, pathOf }: PostmanParts,
  { tenant, recording, wishes }: WaitingMail,
  { mailbox, message }: { readonly mailbox: Mailbox; readonly message: VoiceMessage },
): Mail {
  return messageMail({
    message,
    to: wishes.address,
    language: mailbox.language,
    timeZone: directory.tenant(tenant)?.timeZone ?? "UTC",
    path: wishes.hasSound ? pathOf(tenant, recording) : null,
  });
}
