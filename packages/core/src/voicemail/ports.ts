import type { Instant, RecordingId, TenantId, UserId } from "@cordboard/kernel";
import type { WaitingMail } from "./delivery.ts";
import type { Mailbox, MailboxChange } from "./types.ts";

/** What a mailbox is like after a change. */
export interface MailboxCounts {
  readonly user: UserId;
  readonly fresh: number;
  readonly old: number;
}

/** Where mailboxes are kept: in memory, current from each commit on. */
export interface MailboxBook {
  mailbox(tenant: TenantId, user: UserId): Mailbox | undefined;
  /** Settles when committed; the user's counts when they may have changed. */
  change(change: MailboxChange): Promise<MailboxCounts | undefined>;
}

/** Where messages wait that are to be brought by e-mail; it outlives a crash. All calls reject when the database is away. */
export interface MailOutbox {
  /** At most so many that are due, the longest due first, and when the first of the others will be; null: there are none. */
  due(now: Instant, count: number): Promise<{ readonly mails: readonly WaitingMail[]; readonly next: Instant | null }>;
  /** Counts a try, and puts the next one off until then. */
  postpone(tenant: TenantId, recording: RecordingId, until: Instant): Promise<void>;
  /** Nothing more is to be done for this one. */
  remove(tenant: TenantId, recording: RecordingId): Promise<void>;
}
