import type { Tenant } from "@cordboard/core";
import { makeId, ok } from "@cordboard/kernel";
import { tenantOf } from "./rows.ts";
import type { ConfigStore } from "./store.ts";
import type { ConfigTools } from "./tools.ts";
import { change } from "./tools.ts";

/** The configuration of tenants. */
export const tenantsPart = (tools: ConfigTools): Pick<ConfigStore, "addTenant" | "tenants"> => ({
  addTenant(wanted) {
    const { domain } = wanted;
    const meanings = {
      tenants_domain: { code: "domain-taken", domain },
      tenants_default: { code: "default-tenant-exists" },
    } as const;
    return change(tools, meanings, async (tx) => {
      const tenant: Tenant = { ...wanted, id: makeId("ten", tools.clock.now(), tools.random) };
      await tx
        .insertInto("tenants")
        .values({
          tenant_id: tenant.id,
          domain,
          realm: tenant.realm,
          time_zone: tenant.timeZone,
          country: tenant.country,
          language: tenant.language,
          is_default: tenant.isDefault,
        })
        .execute();
      return ok({ value: tenant, changes: [{ kind: "tenant", tenant: tenant.id, id: tenant.id, value: tenant }] });
    });
  },
  async tenants() {
    const rows = await tools.tables.selectFrom("tenants").selectAll().orderBy("tenant_id").execute();
    return rows.map(tenantOf);
  },
});
