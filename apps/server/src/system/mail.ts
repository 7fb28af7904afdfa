import type { MailboxCounts, Mailer, Postman } from "@cordboard/core";
import { startPostman } from "@cordboard/core";
import type { TenantId } from "@cordboard/kernel";
import { refused } from "@cordboard/kernel";
import { createSmtpMailer } from "@cordboard/mail";
import { createMailOutbox } from "@cordboard/store";
import type { Foundation } from "./foundation.ts";

/**
 * Brings voice messages by e-mail. Without a mail server they wait as they would for one that is away, so that those of the last day are sent when
 * one is set. `onMailbox` hears of each mailbox out of which a message went.
 */
export function openMail(
  { settings, host, database, directory, mailboxes, sounds }: Foundation,
  onMailbox: (tenant: TenantId, counts: MailboxCounts) => void,
): Pick<Postman, "stop"> {
  const { smtpUrl: url, mailFrom: from } = settings;
  const { clock, log } = host;
  const smtp = url === undefined || from === undefined ? undefined : createSmtpMailer({ url, from, clock });
  const outbox = createMailOutbox(database);
  const { pathOf } = sounds;
  const postman = startPostman({
    clock,
    log,
    outbox,
    mailer: smtp ?? nowhere,
    mailboxes,
    directory,
    pathOf,
    onMailbox,
  });
  const stopListening = mailboxes.onKept(() => postman.wake());
  return {
    stop: () => {
      stopListening();
      smtp?.close();
      return postman.stop();
    },
  };
}

/** Refuses all mail. */
const nowhere: Mailer = {
  send: () => Promise.resolve(refused({ code: "unreachable", why: "CORDBOARD_SMTP_URL is not set" })),
};
