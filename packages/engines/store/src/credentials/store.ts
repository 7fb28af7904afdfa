import type { ApiKey, CredentialStore } from "@cordboard/core";
import type { KeyId } from "@cordboard/kernel";
import type { ConfigChange } from "../config/changes.ts";
import { userOf } from "../config/rows.ts";
import type { ConfigStore } from "../config/store.ts";
import type { Database } from "../database/database.ts";

/** What {@link openCredentialStore} needs. */
export interface CredentialStoreOptions {
  readonly database: Database;
  readonly config: ConfigStore;
}

/**
 * Where credentials are looked up. Keys are in memory, current from each commit on, so that a flood of wrong ones costs
 * the database nothing; web log-ins are rare, and read.
 */
export async function openCredentialStore({ database, config }: CredentialStoreOptions): Promise<CredentialStore> {
  const byHash = new Map<string, ApiKey>();
  const hashes = new Map<KeyId, string>();
  const apply = (change: ConfigChange): void => {
    if (change.kind !== "key") return;
    const earlier = hashes.get(change.id);
    if (earlier !== undefined) byHash.delete(earlier);
    hashes.delete(change.id);
    if (change.value === null) return;
    const { sha256, ...key } = change.value;
    byHash.set(sha256, key);
    hashes.set(change.id, sha256);
  };
  await config.follow((changes) => changes.forEach(apply));
  return {
    keyByHash: (sha256) => Promise.resolve(byHash.get(sha256)),
    async webLogin(tenant, name) {
      const row = await database.tables
        .selectFrom("users")
        .innerJoin("web_passwords", (join) =>
          join
            .onRef("web_passwords.tenant_id", "=", "users.tenant_id")
            .onRef("web_passwords.user_id", "=", "users.user_id"),
        )
        .selectAll("users")
        .select("web_passwords.hash")
        .where("users.tenant_id", "=", tenant)
        .where("users.extension", "=", name)
        .executeTakeFirst();
      return row === undefined ? undefined : { user: userOf(row), passwordHash: row.hash };
    },
  };
}
