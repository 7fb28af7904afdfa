import type { Instant, TenantId, UserId } from "@cordboard/kernel";

/** What a user says of itself. */
export type StatusKind = "available" | "away" | "do-not-disturb";

/** A user's own word on how it is, for its colleagues. */
export interface OwnStatus {
  readonly status: StatusKind;
  /** As in `at lunch`; empty when there is nothing to say, 200 characters at most. */
  readonly text: string;
  /** From then on the user is available again, and the text is gone; null: until it says otherwise. */
  readonly until: Instant | null;
}

/** What a user does in one call: its phone rings, or it is on the phone (it dials, talks, or is on hold). */
export type CallSign = "ringing" | "talking";

/** All that a presence is made of. */
export interface PresenceFacts {
  /** Null: the user has said nothing, which is the same as being available. */
  readonly own: OwnStatus | null;
  /** Of the user's {@link ReachPreferences}: no phone of it rings. */
  readonly doNotDisturb: boolean;
  /** What it does in each call that it is part of. */
  readonly calls: readonly CallSign[];
  /** An endpoint of it is registered. */
  readonly isRegistered: boolean;
  /** A program that shows it the company's live state is connected. */
  readonly isConnected: boolean;
  readonly now: Instant;
}

/** What colleagues are shown of a user: the one word that matters most. */
export type Shown = "offline" | "available" | "away" | "do-not-disturb" | "ringing" | "talking";

/** How a user is. */
export interface Presence {
  readonly shown: Shown;
  /** What it has said of itself, as far as that holds. */
  readonly status: StatusKind;
  readonly text: string;
  /** When `status` and `text` run out, or null. */
  readonly until: Instant | null;
  readonly isRegistered: boolean;
  readonly isConnected: boolean;
}

/** A user's presence as the outside sees it. Times are ISO 8601 in UTC. */
export interface PresenceView extends Omit<Presence, "until"> {
  readonly extension: string;
  readonly until: string | null;
  /** Since when it has been shown so, as far as this server has watched. */
  readonly since: string;
}

/** A status as it is kept. */
export interface StoredStatus extends OwnStatus {
  readonly tenant: TenantId;
  readonly user: UserId;
}

/** Why a status is not taken. */
export type StatusRefusal =
  | { readonly code: "no-such-user" }
  | { readonly code: "text-too-long"; readonly most: number }
  /** Its time is over before it begins. */
  | { readonly code: "until-is-past" };
