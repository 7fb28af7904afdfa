import type { TenantId, UserId } from "@cordboard/kernel";
import type { Kysely } from "kysely";
import type { Database } from "../database/database.ts";
import type { Tables } from "../database/schema.ts";
import type { ConfigChange } from "./changes.ts";
import { createConfigFeed } from "./changes.ts";
import { keysPart } from "./keys.ts";
import { mailPart } from "./mail.ts";
import { sealedOf, serviceOf, storedKeyOf, tenantOf, trunkOf, userOf } from "./rows.ts";
import { servicesPart } from "./services.ts";
import { protectionChanges, soundProtectionsPart } from "./sound-protections.ts";
import type { ConfigStore } from "./store.ts";
import { tenantsPart } from "./tenants.ts";
import type { ConfigTools } from "./tools.ts";
import { trunksPart } from "./trunks.ts";
import { usersPart } from "./users.ts";

/** What {@link createConfigStore} needs. */
export interface ConfigStoreOptions extends Pick<ConfigTools, "clock" | "random" | "sealer"> {
  readonly database: Database;
}

/** The configuration in the database. One a database: it alone hears of changes. */
export function createConfigStore({ database, ...rest }: ConfigStoreOptions): ConfigStore {
  const feed = createConfigFeed();
  const tools: ConfigTools = { ...rest, tables: database.tables, feed };
  return {
    ...tenantsPart(tools),
    ...usersPart(tools),
    ...mailPart(tools),
    ...soundProtectionsPart(tools),
    ...keysPart(tools),
    ...servicesPart(tools),
    ...trunksPart(tools),
    onChange: (listener) => feed.listen(listener),
    follow: (listener) =>
      feed.between(async () => {
        listener(await everything(database.tables));
        return feed.listen(listener);
      }),
  };
}

/** All that there is, as if it had just been added. */
async function everything(tables: Kysely<Tables>): Promise<readonly ConfigChange[]> {
  const [tenants, users, services, trunks, keys, secrets, protections] = await Promise.all([
    tables.selectFrom("tenants").selectAll().execute(),
    tables.selectFrom("users").selectAll().execute(),
    tables.selectFrom("services").selectAll().execute(),
    tables.selectFrom("trunks").selectAll().execute(),
    tables.selectFrom("api_keys").selectAll().where("revoked_at", "is", null).execute(),
    tables.selectFrom("sip_secrets").selectAll().execute(),
    tables.selectFrom("sound_protections").selectAll().execute(),
  ]);
  return [
    ...tenants.map(tenantOf).map((value) => ({ kind: "tenant", tenant: value.id, id: value.id, value }) as const),
    ...users.map(userOf).map((value) => ({ kind: "user", tenant: value.tenant, id: value.id, value }) as const),
    ...services
      .map(serviceOf)
      .map((value) => ({ kind: "service", tenant: value.tenant, id: value.number, value }) as const),
    ...trunks.map(trunkOf).map((value) => ({ kind: "trunk", tenant: value.tenant, id: value.id, value }) as const),
    ...keys.map(storedKeyOf).map((value) => ({ kind: "key", tenant: value.tenant, id: value.id, value }) as const),
    ...secrets.map((row) => {
      const owner = { tenant: row.tenant_id as TenantId, id: row.user_id as UserId };
      return { kind: "sip-secrets", ...owner, value: sealedOf(row) } as const;
    }),
    ...protectionChanges(protections),
  ];
}
