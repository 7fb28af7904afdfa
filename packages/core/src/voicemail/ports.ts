import type { TenantId, UserId } from "@cordboard/kernel";
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
