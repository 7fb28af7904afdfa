import type { TenantId, UserId } from "@cordboard/kernel";
import type { RosterParts } from "./roster.ts";
import { Roster } from "./roster.ts";
import type { PresenceView } from "./types.ts";

/** How every user is, now. */
export interface Presences {
  /** Tells of changes in this tenant from now on; asking for one of its presences does so too. */
  follow(tenant: TenantId): void;
  view(tenant: TenantId, user: UserId): PresenceView | undefined;
  views(tenant: TenantId): readonly PresenceView[];
  /** A program that shows the user the live state is connected, until the answer is called. */
  connect(tenant: TenantId, user: UserId): () => void;
  /** Stops all timers; nothing is told any more. */
  stop(): void;
}

/** Follows each tenant that it is told of or asked about. */
export function openPresences(parts: RosterParts): Presences {
  const rosters = new Map<TenantId, Roster>();
  const rosterOf = (tenant: TenantId): Roster => {
    const known = rosters.get(tenant);
    if (known !== undefined) return known;
    const roster = new Roster(tenant, parts);
    rosters.set(tenant, roster);
    return roster;
  };
  parts.statuses.onSaid((tenant, user) => rosterOf(tenant).refresh(user));

  return {
    follow: rosterOf,
    view: (tenant, user) => rosterOf(tenant).view(user),
    views: (tenant) => rosterOf(tenant).views(),
    connect: (tenant, user) => rosterOf(tenant).connect(user),
    stop() {
      for (const roster of rosters.values()) roster.stop();
    },
  };
}
