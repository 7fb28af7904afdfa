import type { ContactStore, StoredContact } from "@cordboard/core";
import type { Clock, DeviceId, Log, TenantId, UserId } from "@cordboard/kernel";
import { isoText, PlatformError, seconds } from "@cordboard/kernel";
import type { Selectable } from "kysely";
import type { Database } from "../database/database.ts";
import type { ContactsTable } from "../database/schema.ts";
import { moment } from "../database/schema.ts";
import { whenUp } from "../database/state.ts";
import { commit } from "../writing/commit.ts";
import { GroupCommit } from "../writing/group-commit.ts";
import { storableJson } from "../writing/storable.ts";

/** What {@link openContactStore} needs. */
export interface ContactStoreOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
}

/** Registrations in the database. */
export interface StoredContacts extends ContactStore {
  /**
   * Replaces all contacts of the address of record; settles when committed. Rejects with `database-unavailable` while
   * the database is away; the newest state of each address is still kept in memory, and written when it is back.
   */
  save(tenant: TenantId, aor: string, contacts: readonly StoredContact[]): Promise<void>;
  /** Writes what waits. Call before the database stops. */
  finish(): Promise<void>;
}

/** All contacts of one address of record. */
interface AddressContacts {
  readonly tenant: TenantId;
  readonly aor: string;
  readonly contacts: readonly StoredContact[];
}

/** Addresses of record whose newest state may wait to be written. */
const MOST_ADDRESSES = 50_000;

/**
 * `$1` are the addresses, `$2` all contacts that they have now. One statement: a crash leaves each address as it was or
 * as it is. Contacts of users who have been removed in the meantime are left out.
 */
const REPLACE = `
with now as (
  select * from jsonb_to_recordset($2::jsonb)
    as r (tenant_id text, aor text, device_id text, user_id text, binding jsonb, expires_at timestamptz)
), gone as (
  delete from contacts c using jsonb_to_recordset($1::jsonb) as a (tenant_id text, aor text)
  where c.tenant_id = a.tenant_id and c.aor = a.aor and not exists (
    select from now where now.tenant_id = c.tenant_id and now.aor = c.aor and now.device_id = c.device_id)
)
insert into contacts (tenant_id, aor, device_id, user_id, binding, expires_at)
select tenant_id, aor, device_id, user_id, binding, expires_at from now
where exists (select from users u where u.tenant_id = now.tenant_id and u.user_id = now.user_id)
on conflict (tenant_id, aor, device_id) do update
set user_id = excluded.user_id, binding = excluded.binding, expires_at = excluded.expires_at`;

/** Opens the registrations: many are saved in one commit, so that a thousand a second are no trouble. */
export function openContactStore({ database, clock, log }: ContactStoreOptions): StoredContacts {
  const group = new GroupCommit<AddressContacts>({
    name: "contacts",
    clock,
    log,
    merge: (_older, newer) => newer,
    write: (changes) => replace(database, changes),
    isFleeting: () => false,
    isBeginning: () => false,
    most: MOST_ADDRESSES,
    longest: seconds(60),
    onBack: (listener) => whenUp(database, listener),
  });
  return {
    load: () => load(database, clock),
    async save(tenant, aor, contacts) {
      const kept = await group.add(`${tenant} ${aor}`, { tenant, aor, contacts });
      if (kept === "spooled") throw new PlatformError("database-unavailable", "contacts: kept in memory for now");
    },
    finish: async () => void (await group.close()),
  };
}

async function load({ tables }: Database, clock: Clock): Promise<readonly StoredContact[]> {
  const now = clock.now();
  await tables.deleteFrom("contacts").where("expires_at", "<=", moment(now)).execute();
  const rows = await tables.selectFrom("contacts").selectAll().where("expires_at", ">", moment(now)).execute();
  return rows.map(contactOf);
}

async function replace({ promptPool }: Database, changes: readonly AddressContacts[]): Promise<void> {
  const addresses = changes.map(({ tenant, aor }) => ({ tenant_id: tenant, aor }));
  const rows = changes.flatMap(({ tenant, aor, contacts }) => {
    const byDevice = new Map(contacts.map((contact) => [contact.device, contact]));
    return [...byDevice.values()].map(({ device, user, binding, expiresAt }) => ({
      tenant_id: tenant,
      aor,
      device_id: device,
      user_id: user,
      binding: binding ?? null,
      expires_at: isoText(expiresAt),
    }));
  });
  await commit(promptPool, { text: REPLACE }, [storableJson(addresses), storableJson(rows)]);
}

const contactOf = (row: Selectable<ContactsTable>): StoredContact => ({
  tenant: row.tenant_id as TenantId,
  user: row.user_id as UserId,
  device: row.device_id as DeviceId,
  aor: row.aor,
  binding: row.binding,
  expiresAt: row.expires_at,
});
