import type { TenantId, UserId } from "@cordboard/kernel";
import type { CallView } from "../call/index.ts";
import type { Actor } from "../identity/index.ts";
import type { PresenceView } from "../presence/index.ts";
import type { MailboxCounts } from "../voicemail/index.ts";

/** What of a number can be watched: the calls there, how its user is, what its mailbox holds, and which endpoints it has registered. */
export type Watchable = "calls" | "presence" | "mailbox" | "devices";

/** Who hears of changes. */
export interface WatchListener {
  /** What is watched of the number may be another now, or gone. */
  changed(tenant: TenantId, number: string, what: Watchable): void;
  /** The user may see other things now than before, or is gone. */
  reconsider(tenant: TenantId, user: UserId): void;
}

/**
 * What phones may watch. Every answer is what the live stream shows the same actor; undefined stands for what is not there and for
 * what is not for the actor, so that nobody learns which it is.
 */
export interface Watching {
  /** The calls that are up at an extension, at a place where calls wait, or in a conference room; the oldest first. */
  calls(actor: Actor, number: string): readonly CallView[] | undefined;
  presence(actor: Actor, number: string): PresenceView | undefined;
  /** The mailbox of an extension. */
  mailbox(actor: Actor, number: string): MailboxCounts | undefined;
  /** Tells of changes in this tenant from now on; the first question about it does so too. */
  follow(tenant: TenantId): void;
  onChange(listener: WatchListener): void;
}
