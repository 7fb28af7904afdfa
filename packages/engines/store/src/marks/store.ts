import type { Clock, TenantId } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { Database } from "../database/database.ts";
import { storableJson } from "../writing/storable.ts";

/** In the place of a tenant: what is marked concerns the whole system. */
export const wholeSystem: TenantId = "ten_system" as TenantId;

/** Small facts about a database, such as `demo`: that it holds the demo company. */
export interface MarkStore {
  /** The mark's value, or `undefined` where there is none. */
  get(tenant: TenantId, name: string): Promise<unknown>;
  /** Sets or replaces a mark by plain data. */
  set(tenant: TenantId, name: string, value: unknown): Promise<void>;
  remove(tenant: TenantId, name: string): Promise<void>;
}

/** The marks in the database. */
export const createMarkStore = ({ tables }: Database, clock: Clock): MarkStore => ({
  async get(tenant, name) {
    const query = tables.selectFrom("marks").select("value").where("tenant_id", "=", tenant);
    return (await query.where("name", "=", name).executeTakeFirst())?.value;
  },
  async set(tenant, name, value) {
    const row = { value: storableJson(value), set_at: isoText(clock.now()) };
    await tables
      .insertInto("marks")
      .values({ tenant_id: tenant, name, ...row })
      .onConflict((conflict) => conflict.columns(["tenant_id", "name"]).doUpdateSet(row))
      .execute();
  },
  async remove(tenant, name) {
    await tables.deleteFrom("marks").where("tenant_id", "=", tenant).where("name", "=", name).execute();
  },
});
