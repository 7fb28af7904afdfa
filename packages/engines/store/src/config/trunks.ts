import type { Trunk } from "@cordboard/core";
import { makeId, ok, refused } from "@cordboard/kernel";
import { trunkOf } from "./rows.ts";
import type { ConfigStore } from "./store.ts";
import type { ConfigTools } from "./tools.ts";
import { change } from "./tools.ts";

/** The configuration of peerings with carriers. */
export const trunksPart = (tools: ConfigTools): Pick<ConfigStore, "addTrunk" | "trunks" | "removeTrunk"> => ({
  addTrunk(tenant, wanted) {
    const meanings = { trunks_tenant_id_name_key: { code: "name-taken", name: wanted.name } } as const;
    return change(tools, meanings, async (tx) => {
      const trunk: Trunk = { ...wanted, tenant, id: makeId("trk", tools.clock.now(), tools.random) };
      await tx
        .insertInto("trunks")
        .values({
          tenant_id: tenant,
          trunk_id: trunk.id,
          name: trunk.name,
          address: trunk.address,
          transport: trunk.transport,
          prefixes: [...trunk.prefixes],
          max_calls: trunk.maxCalls,
        })
        .execute();
      return ok({ value: trunk, changes: [{ kind: "trunk", tenant, id: trunk.id, value: trunk }] });
    });
  },
  async trunks(tenant) {
    const query = tools.tables.selectFrom("trunks").selectAll().where("tenant_id", "=", tenant);
    return (await query.orderBy("name").execute()).map(trunkOf);
  },
  removeTrunk: (tenant, id) =>
    change(tools, {}, async (tx) => {
      const row = await tx
        .deleteFrom("trunks")
        .where("tenant_id", "=", tenant)
        .where("trunk_id", "=", id)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return refused({ code: "no-such-trunk" });
      return ok({ value: trunkOf(row), changes: [{ kind: "trunk", tenant, id, value: null }] });
    }),
});
