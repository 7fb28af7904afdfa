import type { OwnStatus, OwnStatusStore, StoredStatus } from "@cordboard/core";
import type { Clock, TenantId, UserId } from "@cordboard/kernel";
import { isoText } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type { Database } from "../database/database.ts";
import type { OwnStatusesTable } from "../database/schema.ts";
import { moment } from "../database/schema.ts";
import { storable } from "../writing/storable.ts";

/** What users say of themselves, in the database. */
export const createStatusStore = ({ tables }: Database, clock: Clock): OwnStatusStore => ({
  async load() {
    await tables.deleteFrom("own_statuses").where("until", "<=", moment(clock.now())).execute();
    return (await tables.selectFrom("own_statuses").selectAll().execute()).map(statusOf);
  },
  async save(tenant, user, status) {
    if (status === null) {
      const gone = tables.deleteFrom("own_statuses").where("tenant_id", "=", tenant);
      await gone.where("user_id", "=", user).execute();
      return;
    }
    const { text, until } = status;
    const row = { status: status.status, text: storable(text), until: until === null ? null : isoText(until) };
    await tables
      .insertInto("own_statuses")
      .values({ tenant_id: tenant, user_id: user, ...row })
      .onConflict((conflict) => conflict.columns(["tenant_id", "user_id"]).doUpdateSet(row))
      .execute();
  },
});

const statusOf = (row: Selectable<OwnStatusesTable>): StoredStatus => ({
  tenant: row.tenant_id as TenantId,
  user: row.user_id as UserId,
  status: row.status as OwnStatus["status"],
  text: row.text,
  until: row.until,
});
