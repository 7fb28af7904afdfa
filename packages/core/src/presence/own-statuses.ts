import type { Clock, Result, TenantId, UserId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Directory, User } from "../directory/index.ts";
import { isQuiet } from "./is-quiet.ts";
import type { OwnStatusStore } from "./ports.ts";
import type { OwnStatus, StatusRefusal } from "./types.ts";

/** What own statuses are kept with. */
export interface OwnStatusesParts {
  readonly store: OwnStatusStore;
  readonly directory: Directory;
  readonly clock: Clock;
}

/** Longest text of a status, in UTF-16 code units. */
export const LONGEST_STATUS_TEXT = 200;

/** What users say of themselves: in memory, current from each commit on. */
export interface OwnStatuses {
  /** The user's last word, even when its time is over; null: none. */
  of(tenant: TenantId, user: UserId): OwnStatus | null;
  /** Keeps what the user says of itself (null: nothing); those who listen hear of it when that is committed. */
  say(tenant: TenantId, user: UserId, status: OwnStatus | null): Promise<Result<void, StatusRefusal>>;
  /** The user is gone; the store has let go of its word already. */
  forget(tenant: TenantId, user: UserId): void;
  onSaid(listener: (tenant: TenantId, user: UserId) => void): void;
  /** Whether no phone of the user is to ring now: see the function of that name. */
  isQuiet(user: User): boolean;
}

/** Takes up what users have said. */
export async function openOwnStatuses({ store, directory, clock }: OwnStatusesParts): Promise<OwnStatuses> {
  const said = new Map<string, OwnStatus>();
  const keyOf = (tenant: TenantId, user: UserId): string => `${tenant} ${user}`;
  for (const { tenant, user, status, text, until } of await store.load())
    said.set(keyOf(tenant, user), { status, text, until });
  const listeners: ((tenant: TenantId, user: UserId) => void)[] = [];
  let saving: Promise<unknown> = Promise.resolve();
  /** One after the other, so that what is told is what was committed last. */
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const done = saving.then(task);
    saving = done.catch(() => undefined);
    return done;
  };
  const of = (tenant: TenantId, user: UserId): OwnStatus | null => said.get(keyOf(tenant, user)) ?? null;

  return {
    of,
    async say(tenant, user, status) {
      if (directory.user(tenant, user) === undefined) return refused({ code: "no-such-user" });
      if (status !== null && status.text.length > LONGEST_STATUS_TEXT)
        return refused({ code: "text-too-long", most: LONGEST_STATUS_TEXT });
      if ((status?.until ?? Infinity) <= clock.now()) return refused({ code: "until-is-past" });
      await inTurn(async () => {
        await store.save(tenant, user, status);
        if (status === null) said.delete(keyOf(tenant, user));
        else said.set(keyOf(tenant, user), status);
        for (const listener of listeners) listener(tenant, user);
      });
      return ok(undefined);
    },
    forget: (tenant, user) => void said.delete(keyOf(tenant, user)),
    onSaid: (listener) => void listeners.push(listener),
    isQuiet: ({ id, tenant, reach: { doNotDisturb } }) =>
      isQuiet({ own: of(tenant, id), doNotDisturb, now: clock.now() }),
  };
}
