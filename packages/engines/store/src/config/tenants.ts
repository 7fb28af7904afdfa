import type { Tenant } from "@cordboard/core";
import { makeId, ok, refused } from "@cordboard/kernel";
import { tenantOf } from "./rows.ts";
import type { ConfigStore, Retention } from "./store.ts";
import type { ConfigTools } from "./tools.ts";
import { change } from "./tools.ts";

type TenantsPart = Pick<ConfigStore, "addTenant" | "tenants" | "retention" | "setRetention" | "setRecordingNotice">;

/** Most days that something can be told to be kept: a hundred years. */
const MOST_DAYS = 36_500;

/** The configuration of tenants. */
export const tenantsPart = (tools: ConfigTools): TenantsPart => ({
  addTenant(wanted) {
    const { domain } = wanted;
    const meanings = {
      tenants_domain: { code: "domain-taken", domain },
      tenants_default: { code: "default-tenant-exists" },
    } as const;
    return change(tools, meanings, async (tx) => {
      const tenant: Tenant = {
        ...wanted,
        id: makeId("ten", tools.clock.now(), tools.random),
        hasRecordingNotice: true,
      };
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
  async retention(tenant) {
    const query = tools.tables.selectFrom("tenants").select(["recording_days", "message_days"]);
    const row = await query.where("tenant_id", "=", tenant).executeTakeFirst();
    return row === undefined ? undefined : retentionOf(row);
  },
  setRetention: (tenant, { recordings, messages }) =>
    change(tools, {}, async (tx) => {
      for (const [what, days] of Object.entries({ recordings, messages }))
        if (!areDays(days)) return refused({ code: "out-of-range", what, least: 1, most: MOST_DAYS });
      const row = await tx
        .updateTable("tenants")
        .set({
          ...(recordings === undefined ? {} : { recording_days: recordings }),
          ...(messages === undefined ? {} : { message_days: messages }),
          // Something is always set, so that nothing to change is still an answer.
          tenant_id: tenant,
        })
        .where("tenant_id", "=", tenant)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return refused({ code: "no-such-tenant" });
      const value = tenantOf(row);
      return ok({ value: retentionOf(row), changes: [{ kind: "tenant", tenant: value.id, id: value.id, value }] });
    }),
  setRecordingNotice: (tenant, isGiven) =>
    change(tools, {}, async (tx) => {
      const row = await tx
        .updateTable("tenants")
        .set({ has_recording_notice: isGiven })
        .where("tenant_id", "=", tenant)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return refused({ code: "no-such-tenant" });
      const value = tenantOf(row);
      return ok({ value, changes: [{ kind: "tenant", tenant, id: tenant, value }] });
    }),
});

const retentionOf = (row: {
  readonly recording_days: number | null;
  readonly message_days: number | null;
}): Retention => ({
  recordings: row.recording_days,
  messages: row.message_days,
});

const areDays = (days: number | null | undefined): boolean =>
  days === null || days === undefined || (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS);
