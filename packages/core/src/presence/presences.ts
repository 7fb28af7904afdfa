import type { Result, TenantId, UserId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { OwnStatusStore } from "./ports.ts";
import type { RosterParts } from "./roster.ts";
import { Roster } from "./roster.ts";
import type { OwnStatus, PresenceView, StatusRefusal } from "./types.ts";

/** What presences are made of. */
export interface PresencesParts extends RosterParts {
  readonly statuses: OwnStatusStore;
}

/** Longest text of a status, in UTF-16 code units. */
export const LONGEST_STATUS_TEXT = 200;

/** How every user is, now. */
export interface Presences {
  /** Tells of changes in this tenant from now on; asking for one of its presences does so too. */
  follow(tenant: TenantId): void;
  view(tenant: TenantId, user: UserId): PresenceView | undefined;
  views(tenant: TenantId): readonly PresenceView[];
  /** Keeps what the user says of itself (null: nothing), and tells it when that is committed. */
  say(tenant: TenantId, user: UserId, status: OwnStatus | null): Promise<Result<void, StatusRefusal>>;
  /** A program that shows the user the live state is connected, until the answer is called. */
  connect(tenant: TenantId, user: UserId): () => void;
  /** Stops all timers; nothing is told any more. */
  stop(): void;
}

/** Takes up what users have said, and follows each tenant that it is told of or asked about. */
export async function openPresences(parts: PresencesParts): Promise<Presences> {
  const { directory, clock, statuses } = parts;
  const said = new Map<string, OwnStatus>();
  for (const { tenant, user, status, text, until } of await statuses.load())
    said.set(`${tenant} ${user}`, { status, text, until });
  const rosters = new Map<TenantId, Roster>();
  let saving: Promise<unknown> = Promise.resolve();

  const rosterOf = (tenant: TenantId): Roster => {
    const known = rosters.get(tenant);
    if (known !== undefined) return known;
    const roster = new Roster(tenant, parts, (user) => said.get(`${tenant} ${user}`) ?? null);
    rosters.set(tenant, roster);
    return roster;
  };
  /** One after the other, so that what is told is what was committed last. */
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const done = saving.then(task);
    saving = done.catch(() => undefined);
    return done;
  };

  return {
    follow: rosterOf,
    view: (tenant, user) => rosterOf(tenant).view(user),
    views: (tenant) => rosterOf(tenant).views(),
    async say(tenant, user, status) {
      if (directory.user(tenant, user) === undefined) return refused({ code: "no-such-user" });
      if (status !== null && status.text.length > LONGEST_STATUS_TEXT)
        return refused({ code: "text-too-long", most: LONGEST_STATUS_TEXT });
      if ((status?.until ?? Infinity) <= clock.now()) return refused({ code: "until-is-past" });
      await inTurn(async () => {
        await statuses.save(tenant, user, status);
        rosterOf(tenant).say(user, status);
      });
      return ok(undefined);
    },
    connect: (tenant, user) => rosterOf(tenant).connect(user),
    stop() {
      for (const roster of rosters.values()) roster.stop();
    },
  };
}
