import type { ApiKey } from "@cordboard/core";
import { isoText, makeId, ok, refused } from "@cordboard/kernel";
import { keyOf, listedKeyOf } from "./rows.ts";
import type { ConfigStore } from "./store.ts";
import type { ConfigTools } from "./tools.ts";
import { change } from "./tools.ts";

/** The configuration of API keys. */
export const keysPart = (tools: ConfigTools): Pick<ConfigStore, "addKey" | "keys" | "revokeKey"> => ({
  addKey: (tenant, { sha256, ...wanted }) =>
    change(tools, { api_keys_sha256_key: { code: "key-taken" } }, async (tx) => {
      const now = tools.clock.now();
      const key: ApiKey = { ...wanted, tenant, id: makeId("key", now, tools.random) };
      await tx
        .insertInto("api_keys")
        .values({
          tenant_id: tenant,
          key_id: key.id,
          sha256,
          name: key.name,
          role: key.role,
          limits: JSON.stringify(key.limits),
          created_at: isoText(now),
        })
        .execute();
      return ok({ value: key, changes: [{ kind: "key", tenant, id: key.id, value: { ...key, sha256 } }] });
    }),
  async keys(tenant) {
    const query = tools.tables.selectFrom("api_keys").selectAll().where("tenant_id", "=", tenant);
    return (await query.orderBy("created_at").orderBy("key_id").execute()).map(listedKeyOf);
  },
  revokeKey: (tenant, id) =>
    change(tools, {}, async (tx) => {
      const row = await tx
        .updateTable("api_keys")
        .set({ revoked_at: isoText(tools.clock.now()) })
        .where("tenant_id", "=", tenant)
        .where("key_id", "=", id)
        .where("revoked_at", "is", null)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return refused({ code: "no-such-key" });
      return ok({ value: keyOf(row), changes: [{ kind: "key", tenant, id, value: null }] });
    }),
});
