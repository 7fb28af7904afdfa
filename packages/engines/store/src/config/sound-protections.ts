import type { SoundProtection, SoundProtections } from "@cordboard/core";
import { plainProtections } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Selectable, Transaction } from "kysely";
import type { SoundProtectionsTable, Tables } from "../database/schema.ts";
import type { ConfigChange } from "./changes.ts";
import type { ConfigStore, SaidProtection } from "./store.ts";
import type { ConfigTools, Step } from "./tools.ts";
import { change } from "./tools.ts";

/** Single phones of one user of which something is said; more than anybody has. */
const MAX_PHONES = 32;

/** Stands for all phones of which nothing else is said: no phone tells an empty instance. */
const OTHERS = "";

type Row = Selectable<SoundProtectionsTable>;

/** How phones keep their sound from others. */
export const soundProtectionsPart = (tools: ConfigTools): Pick<ConfigStore, "setSoundProtection"> => ({
  setSoundProtection: (tenant, id, said) => change(tools, {}, (tx) => say(tx, { tenant, id }, said)),
});

async function say(
  tx: Transaction<Tables>,
  { tenant, id }: { readonly tenant: TenantId; readonly id: UserId },
  { instance, protection }: SaidProtection,
): Promise<Step<SoundProtections>> {
  const user = tx.selectFrom("users").select("user_id").where("tenant_id", "=", tenant).where("user_id", "=", id);
  if ((await user.forUpdate().executeTakeFirst()) === undefined) return refused({ code: "no-such-user" });
  const of = instance ?? OTHERS;
  const rows = tx.selectFrom("sound_protections").selectAll().where("tenant_id", "=", tenant);
  const said = saidIn(await rows.where("user_id", "=", id).execute());
  said.delete(of);
  if (protection !== "as-server") said.set(of, protection);
  const value = protectionsOf(said);
  if (value.phones.size > MAX_PHONES) return refused({ code: "too-many-phones", most: MAX_PHONES });
  const before = tx.deleteFrom("sound_protections").where("tenant_id", "=", tenant).where("user_id", "=", id);
  await before.where("instance", "=", of).execute();
  if (protection !== "as-server")
    await tx
      .insertInto("sound_protections")
      .values({ tenant_id: tenant, user_id: id, instance: of, protection })
      .execute();
  return ok({ value, changes: [{ kind: "sound-protections", tenant, id, value }] });
}

/** What rows of one user say, by instance. */
const saidIn = (rows: readonly Row[]): Map<string, SoundProtection> =>
  new Map(rows.map(({ instance, protection }) => [instance, protection]));

function protectionsOf(said: ReadonlyMap<string, SoundProtection>): SoundProtections {
  const phones = new Map(said);
  phones.delete(OTHERS);
  return { others: said.get(OTHERS) ?? plainProtections.others, phones };
}

/** What all rows say, user by user, as if it had just been said. */
export function protectionChanges(rows: readonly Row[]): readonly ConfigChange[] {
  const byUser = Map.groupBy(rows, ({ tenant_id, user_id }) => `${tenant_id} ${user_id}`);
  return [...byUser.values()].flatMap((said) =>
    said.slice(0, 1).map(({ tenant_id, user_id }) => {
      const owner = { tenant: tenant_id as TenantId, id: user_id as UserId };
      return { kind: "sound-protections", ...owner, value: protectionsOf(saidIn(said)) } as const;
    }),
  );
}
