import type { StoredContact } from "@cordboard/core";
import type { Instant, TenantId, UserId } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { openContactStore } from "../../src/index.ts";
import { given, later, makeTenant, makeUser, morning, newConfig, newDeviceId, setClock } from "../scene.ts";
import type { Databases } from "./databases.ts";

const contact = (tenant: TenantId, user: UserId, aor: string, expiresAt: Instant = later(60_000)): StoredContact => ({
  tenant,
  user,
  aor,
  device: newDeviceId(),
  binding: { contact: "sip:101@192.0.2.1:5062", q: 0.5, path: ["<sip:edge>"], nothing: null },
  expiresAt,
});

/** How registrations outlive the process. */
export function contactsContract(databases: Databases): void {
  saving(databases);
  leaving(databases);
}

/** Registrations, people who have them, and those of one tenant. */
function registrationsOf({ database }: Databases) {
  const open = (clock = setClock()) => openContactStore({ database: database(), clock, log: machine.log });
  const people = async (domain: string) => {
    const config = newConfig(database());
    const tenant = (await makeTenant(config, domain)).id;
    return { config, tenant, user: await makeUser(config, tenant, "101") };
  };
  const of = (tenant: TenantId, all: readonly StoredContact[]) => all.filter((one) => one.tenant === tenant);
  return { open, people, of };
}

/** What is saved is there later. */
function saving(databases: Databases): void {
  const { reopen } = databases;
  const { open, people, of } = registrationsOf(databases);
  test("contacts are there after a restart, with their binding as it was", async () => {
    const { tenant, user } = await people("restart.example");
    const contacts = [contact(tenant, user, "sip:101@a"), contact(tenant, user, "sip:101@a")];
    await open().save(tenant, "sip:101@a", contacts);
    const again = openContactStore({ database: await reopen(), clock: setClock(), log: machine.log });
    const byDevice = (a: StoredContact, b: StoredContact) => (a.device < b.device ? -1 : 1);
    expect(of(tenant, await again.load()).toSorted(byDevice)).toEqual(contacts.toSorted(byDevice));
  });

  test("saving an address replaces what it had, and leaves other addresses alone", async () => {
    const { tenant, user } = await people("replace.example");
    const store = open();
    const [first, second, other] = [
      contact(tenant, user, "sip:101@a"),
      contact(tenant, user, "sip:101@a"),
      contact(tenant, user, "sip:102@a"),
    ];
    await store.save(tenant, "sip:102@a", [other]);
    await store.save(tenant, "sip:101@a", [first]);
    const refreshed = { ...first, expiresAt: later(120_000) };
    await store.save(tenant, "sip:101@a", [refreshed, second]);
    expect(of(tenant, await store.load())).toHaveLength(3);
    await store.save(tenant, "sip:101@a", [second]);
    expect(of(tenant, await store.load())).toEqual(expect.arrayContaining([other, second]));
    await store.save(tenant, "sip:101@a", []);
    expect(of(tenant, await store.load())).toEqual([other]);
  });

  test("the last of many saves of one address counts", async () => {
    const { tenant, user } = await people("last.example");
    const store = open();
    const versions = Array.from({ length: 50 }, () => contact(tenant, user, "sip:101@a"));
    await Promise.all(versions.map((version) => store.save(tenant, "sip:101@a", [version])));
    expect(of(tenant, await store.load())).toEqual(versions.slice(-1));
  });
}

/** What has run out or whose user is gone, and how fast it goes. */
function leaving(databases: Databases): void {
  const { database } = databases;
  const { open, people, of } = registrationsOf(databases);
  test("what has run out is not loaded, and is removed", async () => {
    const { tenant, user } = await people("expired.example");
    const clock = setClock();
    const store = open(clock);
    const long = contact(tenant, user, "sip:101@a", later(60_001));
    await store.save(tenant, "sip:101@a", [contact(tenant, user, "sip:101@a", morning), long]);
    expect(of(tenant, await store.load())).toEqual([long]);
    clock.pass(60_001);
    expect(of(tenant, await store.load())).toEqual([]);
    const left = await database().pool.query("select 1 from contacts where tenant_id = $1", [tenant]);
    expect(left.rowCount).toBe(0);
  });

  test("a removed user's contacts go with the user, and none comes after", async () => {
    const { config, tenant, user } = await people("gone.example");
    const store = open();
    await store.save(tenant, "sip:101@a", [contact(tenant, user, "sip:101@a")]);
    given(await config.removeUser(tenant, user));
    expect(of(tenant, await store.load())).toEqual([]);
    await store.save(tenant, "sip:101@a", [contact(tenant, user, "sip:101@a")]);
    expect(of(tenant, await store.load())).toEqual([]);
  });

  test("a thousand registrations a second are no trouble", async () => {
    const { tenant, user } = await people("many.example");
    const store = open();
    const addresses = Array.from({ length: 5_000 }, (_, index) => `sip:${index}@a`);
    const startedAt = machine.clock.monotonic();
    await Promise.all(addresses.map((aor) => store.save(tenant, aor, [contact(tenant, user, aor)])));
    const tookMs = machine.clock.monotonic() - startedAt;
    expect(of(tenant, await store.load())).toHaveLength(5_000);
    expect(tookMs).toBeLessThan(5_000);
  });
}
