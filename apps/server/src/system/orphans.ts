import type { MailboxCounts } from "@cordboard/core";
import type { Clock, Instant, Log, RecordingId, TenantId } from "@cordboard/kernel";
import { seconds } from "@cordboard/kernel";
import type { ConfigStore, StoredMailboxes, StoredRecordings } from "@cordboard/store";
import type { SoundFolder } from "./recording-files.ts";

/** What {@link sweepOrphans} works on. */
export interface SweepParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<ConfigStore, "tenants">;
  readonly recordings: Pick<StoredRecordings, "after" | "remove" | "waiting">;
  readonly mailboxes: Pick<StoredMailboxes, "boxes" | "change" | "waiting">;
  readonly sounds: Pick<SoundFolder, "list" | "writtenAt" | "remove">;
  /** Hears of each mailbox out of which a message went. */
  readonly onMailbox: (tenant: TenantId, counts: MailboxCounts) => void;
}

/** What is younger may still be written to, or on its way to the database. */
const OLD_ENOUGH = seconds(3600);

/**
 * Removes recordings, messages and greetings of which only the row is left, and files of which only the file is. A tenant without a folder is left alone: a
 * disk that is not there, or a data folder that is another's, must cost nobody anything; and so is everybody while changes wait for the database.
 */
export async function sweepOrphans(parts: SweepParts): Promise<void> {
  const { config, recordings, mailboxes } = parts;
  for (const { id } of await config.tenants()) {
    if (recordings.waiting() + mailboxes.waiting() > 0) return;
    await sweepTenant(parts, id);
  }
}

async function sweepTenant(parts: SweepParts, tenant: TenantId): Promise<void> {
  const { clock, log, sounds } = parts;
  const before = clock.now() - OLD_ENOUGH;
  const isOld = (at: Instant): boolean => at < before;
  const files = await sounds.list(tenant);
  if (files === undefined) return;
  const known = new Set<RecordingId>();
  const look = { tenant, files, known, isOld };
  const lost = (await loseRecordings(parts, look)) + (await loseMessages(parts, look));
  if (lost > 0) log.warn("recordings and messages whose files are gone were removed", { tenant, lost });
  const orphans = await removeUnknown(parts, look);
  if (orphans > 0) log.warn("files of sound that nothing belongs to were removed", { tenant, files: orphans });
}

interface Look {
  readonly tenant: TenantId;
  readonly files: ReadonlySet<RecordingId>;
  /** What rows belong to, filled as they are looked at. */
  readonly known: Set<RecordingId>;
  readonly isOld: (at: Instant) => boolean;
}

/** How many recordings went. */
async function loseRecordings({ recordings }: SweepParts, { tenant, files, known, isOld }: Look): Promise<number> {
  let lost = 0;
  let page = await recordings.after(tenant);
  while (page.length > 0) {
    for (const { id, startedAt, lasted } of page) {
      known.add(id);
      const isLost = !files.has(id) && lasted !== null && isOld(startedAt);
      if (isLost && (await recordings.remove(tenant, id)).ok) lost++;
    }
    page = await recordings.after(tenant, page.at(-1)?.id);
  }
  return lost;
}

/** How many messages and greetings went. */
async function loseMessages(
  { mailboxes, onMailbox }: SweepParts,
  { tenant, files, known, isOld }: Look,
): Promise<number> {
  let lost = 0;
  for (const { user, greeting, messages } of mailboxes.boxes(tenant)) {
    for (const { id, recording, at } of messages) {
      known.add(recording);
      if (files.has(recording) || !isOld(at)) continue;
      const counts = await mailboxes.change({ type: "delete", tenant, message: id });
      if (counts !== undefined) onMailbox(tenant, counts);
      lost++;
    }
    if (greeting === null) continue;
    known.add(greeting);
    if (files.has(greeting)) continue;
    await mailboxes.change({ type: "reset-greeting", tenant, user });
    lost++;
  }
  return lost;
}

/** How many files went. */
async function removeUnknown({ sounds }: SweepParts, { tenant, files, known, isOld }: Look): Promise<number> {
  let removed = 0;
  for (const recording of files) {
    if (known.has(recording)) continue;
    const at = await sounds.writtenAt(tenant, recording);
    if (at === undefined || !isOld(at)) continue;
    await sounds.remove(tenant, recording);
    removed++;
  }
  return removed;
}
