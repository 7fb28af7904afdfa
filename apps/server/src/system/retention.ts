import type { MailboxCounts } from "@cordboard/core";
import type { Clock, Instant, Log, TenantId } from "@cordboard/kernel";
import { instant, seconds } from "@cordboard/kernel";
import type { ConfigStore, StoredMailboxes, StoredRecordings } from "@cordboard/store";

/** What {@link deleteOutdated} works on. */
export interface RetentionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<ConfigStore, "tenants" | "retention">;
  readonly recordings: Pick<StoredRecordings, "removeBefore">;
  readonly mailboxes: Pick<StoredMailboxes, "removeBefore">;
  /** Hears of each mailbox out of which something went. */
  readonly onMailbox: (tenant: TenantId, counts: MailboxCounts) => void;
}

const DAY = seconds(24 * 3600);

/** Deletes what its tenant does not want to keep any longer. */
export async function deleteOutdated({
  clock,
  log,
  config,
  recordings,
  mailboxes,
  onMailbox,
}: RetentionParts): Promise<void> {
  const before = (days: number): Instant => instant(clock.now() - days * DAY);
  for (const { id } of await config.tenants()) {
    const { recordings: recordingDays = null, messages: messageDays = null } = (await config.retention(id)) ?? {};
    const gone = recordingDays === null ? 0 : await recordings.removeBefore(id, before(recordingDays));
    if (gone > 0)
      log.info("recordings were deleted by their age", { tenant: id, recordings: gone, days: recordingDays });
    const changed = messageDays === null ? [] : await mailboxes.removeBefore(id, before(messageDays));
    if (changed.length > 0)
      log.info("messages were deleted by their age", { tenant: id, mailboxes: changed.length, days: messageDays });
    for (const counts of changed) onMailbox(id, counts);
  }
}
