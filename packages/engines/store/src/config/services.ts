import { ok, refused } from "@cordboard/kernel";
import { serviceOf } from "./rows.ts";
import type { ConfigStore } from "./store.ts";
import type { ConfigTools } from "./tools.ts";
import { change } from "./tools.ts";

/** The configuration of numbers that the server answers itself. */
export const servicesPart = (tools: ConfigTools): Pick<ConfigStore, "addService" | "services" | "removeService"> => ({
  addService: (tenant, { number, kind }) =>
    change(tools, { services_pkey: { code: "number-taken", number } }, async (tx) => {
      const user = tx.selectFrom("users").select("user_id").where("tenant_id", "=", tenant);
      if ((await user.where("extension", "=", number).executeTakeFirst()) !== undefined)
        return refused({ code: "number-taken", number });
      await tx.insertInto("services").values({ tenant_id: tenant, number, kind }).execute();
      const value = { tenant, number, kind };
      return ok({ value, changes: [{ kind: "service", tenant, id: number, value }] });
    }),
  async services(tenant) {
    const query = tools.tables.selectFrom("services").selectAll().where("tenant_id", "=", tenant);
    return (await query.orderBy("number").execute()).map(serviceOf);
  },
  removeService: (tenant, number) =>
    change(tools, {}, async (tx) => {
      const row = await tx
        .deleteFrom("services")
        .where("tenant_id", "=", tenant)
        .where("number", "=", number)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return refused({ code: "no-such-service" });
      return ok({ value: serviceOf(row), changes: [{ kind: "service", tenant, id: number, value: null }] });
    }),
});
