import type { MailWishes } from "@cordboard/core";
import { isMailAddress } from "@cordboard/core";
import type { TenantId, UserId } from "@cordboard/kernel";
import { ok, refused } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type { MailWishesTable } from "../database/schema.ts";
import { userOf } from "./rows.ts";
import type { ConfigStore } from "./store.ts";
import type { ConfigTools } from "./tools.ts";
import { change } from "./tools.ts";

/** How users want messages by e-mail. */
export const mailPart = (tools: ConfigTools): Pick<ConfigStore, "mailWishes" | "changeMail"> => ({
  async mailWishes(tenant, user) {
    const row = await wishesIn(tools.tables, tenant, user);
    return row === undefined ? null : wishesOf(row);
  },
  changeMail: (tenant, id, wanted) =>
    change(tools, {}, async (tx) => {
      const users = tx.selectFrom("users").selectAll().where("tenant_id", "=", tenant).where("user_id", "=", id);
      const row = await users.forUpdate().executeTakeFirst();
      if (row === undefined) return refused({ code: "no-such-user" });
      const known = await wishesIn(tx, tenant, id);
      const { address = known?.address ?? null, hasSound = known?.has_sound ?? true } = wanted;
      const { isDeletedAfter = known?.is_deleted_after ?? false } = wanted;
      const changes = [{ kind: "user", tenant, id, value: userOf(row) }] as const;
      if (address === null) {
        if (wanted.address !== null) return refused({ code: "no-mail-address" });
        await tx.deleteFrom("mail_wishes").where("tenant_id", "=", tenant).where("user_id", "=", id).execute();
        return ok({ value: null, changes });
      }
      if (!isMailAddress(address)) return refused({ code: "invalid-mail-address", address });
      const columns = { address, has_sound: hasSound, is_deleted_after: isDeletedAfter };
      await tx
        .insertInto("mail_wishes")
        .values({ tenant_id: tenant, user_id: id, ...columns })
        .onConflict((conflict) => conflict.columns(["tenant_id", "user_id"]).doUpdateSet(columns))
        .execute();
      return ok({ value: { address, hasSound, isDeletedAfter }, changes });
    }),
});

const wishesIn = (tables: Pick<ConfigTools["tables"], "selectFrom">, tenant: TenantId, user: UserId) => {
  const rows = tables.selectFrom("mail_wishes").selectAll().where("tenant_id", "=", tenant);
  return rows.where("user_id", "=", user).executeTakeFirst();
};

const wishesOf = (row: Selectable<MailWishesTable>): MailWishes => ({
  address: row.address,
  hasSound: row.has_sound,
  isDeletedAfter: row.is_deleted_after,
});
