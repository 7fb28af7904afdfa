import type { SipSecrets, User } from "@cordboard/core";
import { plainReach } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";
import { makeId, ok, refused } from "@cordboard/kernel";
import type { Transaction } from "kysely";
import type { Tables } from "../database/schema.ts";
import type { Sealed } from "../sealing/sealer.ts";
import { boundTo, textOf } from "../sip-secrets/text.ts";
import type { ConfigChange } from "./changes.ts";
import type { ReachChange } from "./reach.ts";
import { changedReach } from "./reach.ts";
import { userOf } from "./rows.ts";
import type { ConfigStore, NewUser } from "./store.ts";
import type { ConfigTools, Step } from "./tools.ts";
import { change } from "./tools.ts";

type UsersPart = Pick<
  ConfigStore,
  "addUser" | "users" | "removeUser" | "changeReach" | "setAlwaysRecorded" | "setSipSecrets" | "setPasswordHash"
>;

/** The configuration of users, with their secrets. */
export const usersPart = (tools: ConfigTools): UsersPart => ({
  addUser(tenant, wanted) {
    const meanings = {
      users_tenant_id_extension_key: { code: "number-taken", number: wanted.extension },
    } as const;
    return change(tools, meanings, (tx) => add(tools, tx, { tenant, wanted }));
  },
  async users(tenant) {
    const query = tools.tables.selectFrom("users").selectAll().where("tenant_id", "=", tenant);
    return (await query.orderBy("extension").execute()).map(userOf);
  },
  removeUser: (tenant, id) => change(tools, {}, (tx) => remove(tx, tenant, id)),
  changeReach: (tenant, id, wanted) => change(tools, {}, (tx) => changeReachOf(tx, { tenant, id, wanted })),
  setAlwaysRecorded: (tenant, id, isAlways) =>
    change(tools, {}, async (tx) => {
      const row = await tx
        .updateTable("users")
        .set({ is_always_recorded: isAlways })
        .where("tenant_id", "=", tenant)
        .where("user_id", "=", id)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return refused({ code: "no-such-user" });
      const value = userOf(row);
      return ok({ value, changes: [{ kind: "user", tenant, id, value }] });
    }),
  setSipSecrets: (tenant, id, secrets) =>
    change(tools, {}, async (tx) => {
      if (!(await isUser(tx, tenant, id))) return refused({ code: "no-such-user" });
      const value = await writeSecrets(tools, tx, { tenant, id, secrets });
      return ok({ value: undefined, changes: [{ kind: "sip-secrets", tenant, id, value }] });
    }),
  setPasswordHash: (tenant, id, hash) =>
    change(tools, {}, async (tx) => {
      if (!(await isUser(tx, tenant, id))) return refused({ code: "no-such-user" });
      await writePassword(tx, { tenant, id, hash });
      return ok({ value: undefined, changes: [{ kind: "web-password", tenant, id }] });
    }),
});

async function add(
  tools: ConfigTools,
  tx: Transaction<Tables>,
  { tenant, wanted }: { readonly tenant: TenantId; readonly wanted: NewUser },
): Promise<Step<User>> {
  const { extension, name, role, mobile, sipSecrets, passwordHash } = wanted;
  const service = tx.selectFrom("services").select("number").where("tenant_id", "=", tenant);
  if ((await service.where("number", "=", extension).executeTakeFirst()) !== undefined)
    return refused({ code: "number-taken", number: extension });
  const id = makeId("usr", tools.clock.now(), tools.random);
  const user: User = { id, tenant, extension, name, role, mobile, reach: plainReach, isAlwaysRecorded: false };
  await tx.insertInto("users").values({ tenant_id: tenant, user_id: id, extension, name, role, mobile }).execute();
  const changes: ConfigChange[] = [{ kind: "user", tenant, id, value: user }];
  if (sipSecrets !== undefined) {
    const value = await writeSecrets(tools, tx, { tenant, id, secrets: sipSecrets });
    changes.push({ kind: "sip-secrets", tenant, id, value });
  }
  if (passwordHash !== undefined) {
    await writePassword(tx, { tenant, id, hash: passwordHash });
    changes.push({ kind: "web-password", tenant, id });
  }
  return ok({ value: user, changes });
}

async function remove(tx: Transaction<Tables>, tenant: TenantId, id: UserId): Promise<Step<User>> {
  const gone = await tx
    .deleteFrom("users")
    .where("tenant_id", "=", tenant)
    .where("user_id", "=", id)
    .returningAll()
    .executeTakeFirst();
  if (gone === undefined) return refused({ code: "no-such-user" });
  for (const table of ["contacts", "voice_messages", "greetings", "mail_outbox"] as const)
    await tx.deleteFrom(table).where("tenant_id", "=", tenant).where("user_id", "=", id).execute();
  const changes: readonly ConfigChange[] = [
    { kind: "user", tenant, id, value: null },
    { kind: "sip-secrets", tenant, id, value: null },
  ];
  return ok({ value: userOf(gone), changes });
}

async function changeReachOf(
  tx: Transaction<Tables>,
  { tenant, id, wanted }: { readonly tenant: TenantId; readonly id: UserId; readonly wanted: ReachChange },
): Promise<Step<User>> {
  const query = tx.selectFrom("users").selectAll().where("tenant_id", "=", tenant).where("user_id", "=", id);
  const row = await query.forUpdate().executeTakeFirst();
  if (row === undefined) return refused({ code: "no-such-user" });
  const changed = changedReach(userOf(row), wanted);
  if (!changed.ok) return changed;
  const { mobile, reach } = changed.value;
  await tx
    .updateTable("users")
    .set({ mobile, reach: JSON.stringify(reach) })
    .where("tenant_id", "=", tenant)
    .where("user_id", "=", id)
    .execute();
  return ok({ value: changed.value, changes: [{ kind: "user", tenant, id, value: changed.value }] });
}

async function isUser(tx: Transaction<Tables>, tenant: TenantId, id: UserId): Promise<boolean> {
  const query = tx.selectFrom("users").select("user_id").where("tenant_id", "=", tenant).where("user_id", "=", id);
  return (await query.executeTakeFirst()) !== undefined;
}

interface SecretsOfUser {
  readonly tenant: TenantId;
  readonly id: UserId;
  readonly secrets: SipSecrets;
}

async function writeSecrets(
  { sealer }: ConfigTools,
  tx: Transaction<Tables>,
  { tenant, id, secrets }: SecretsOfUser,
): Promise<Sealed> {
  const sealed = sealer.seal(textOf(secrets), boundTo(tenant, id));
  const row = { key_id: sealed.keyId, nonce: Buffer.from(sealed.nonce), body: Buffer.from(sealed.body) };
  await tx
    .insertInto("sip_secrets")
    .values({ tenant_id: tenant, user_id: id, ...row })
    .onConflict((conflict) => conflict.columns(["tenant_id", "user_id"]).doUpdateSet(row))
    .execute();
  return sealed;
}

interface PasswordOfUser {
  readonly tenant: TenantId;
  readonly id: UserId;
  readonly hash: string;
}

async function writePassword(tx: Transaction<Tables>, { tenant, id, hash }: PasswordOfUser): Promise<void> {
  await tx
    .insertInto("web_passwords")
    .values({ tenant_id: tenant, user_id: id, hash })
    .onConflict((conflict) => conflict.columns(["tenant_id", "user_id"]).doUpdateSet({ hash }))
    .execute();
}
