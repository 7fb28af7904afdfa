import type { Instant, Millis, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import { instant, seconds } from "@cordboard/kernel";

/** How a user wants messages by e-mail. */
export interface MailWishes {
  /** Where they go, without a name. */
  readonly address: string;
  /** The sound goes with it. */
  readonly hasSound: boolean;
  /** Once the mail has been taken, the mailbox does not keep the message. */
  readonly isDeletedAfter: boolean;
}

/** A message that is to be brought by e-mail, as it waits in the outbox. */
export interface WaitingMail {
  readonly tenant: TenantId;
  readonly user: UserId;
  /** Which message: the one with this sound. */
  readonly recording: RecordingId;
  readonly queuedAt: Instant;
  /** How often it has been tried. */
  readonly tries: number;
  readonly wishes: MailWishes;
}

/** A mail that nobody took for so long is given up. */
export const MAIL_PATIENCE: Millis = seconds(24 * 3600);

/** From one try to the next: twice as long each time, within these. */
const [FIRST_PAUSE, LAST_PAUSE] = [seconds(5), seconds(1800)];

/** Longest address that there is. @rfc 5321#4.5.3.1.3 */
const LONGEST_ADDRESS = 254;

/** When a mail that is tried now is tried again unless it is taken; `undefined`: it is given up, untried. */
export function nextTry(
  { queuedAt, tries }: Pick<WaitingMail, "queuedAt" | "tries">,
  now: Instant,
): Instant | undefined {
  const end = queuedAt + MAIL_PATIENCE;
  if (now >= end) return undefined;
  const pause = Math.min(FIRST_PAUSE * 2 ** tries, LAST_PAUSE);
  return instant(Math.min(now + pause, end));
}

/** Whether a text is one address as nearly all are: no name, no comment, no quotes, nothing that could become a second one or a header. */
export const isMailAddress = (text: string): boolean =>
  text.length <= LONGEST_ADDRESS && /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u.test(text);
