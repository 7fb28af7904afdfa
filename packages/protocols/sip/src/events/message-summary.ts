/** The media type of the `message-summary` package's bodies. @rfc 3842#3.5 */
export const MESSAGE_SUMMARY = "application/simple-message-summary";

/** The messages of one mailbox. */
export interface Mailbox {
  /** Where they are listened to, as URI; phones call it by their voicemail key. */
  readonly account?: string;
  readonly newCount: number;
  readonly oldCount: number;
  readonly urgentNewCount?: number;
  readonly urgentOldCount?: number;
}

/** What lights a phone's lamp, and what it shows beside. @rfc 3842#5.2 */
export function printMessageSummary(mailbox: Mailbox): string {
  const { account, newCount, oldCount, urgentNewCount = 0, urgentOldCount = 0 } = mailbox;
  const lines = [`Messages-Waiting: ${newCount > 0 ? "yes" : "no"}`];
  if (account !== undefined) lines.push(`Message-Account: ${account.replace(/[\r\n]/g, " ")}`);
  lines.push(`Voice-Message: ${newCount}/${oldCount} (${urgentNewCount}/${urgentOldCount})`, "");
  return lines.join("\r\n");
}
