import type { Tenant } from "@cordboard/core";
import { noLimits } from "@cordboard/core";
import type { Result } from "@cordboard/kernel";
import { PlatformError } from "@cordboard/kernel";
import { makeHa1 } from "@cordboard/sip";
import { wholeSystem } from "@cordboard/store";
import { addressText } from "../address-text.ts";
import { hashPassword } from "../passwords.ts";
import type { Foundation } from "../system/foundation.ts";
import { DEMO_MARK } from "../system/foundation.ts";
import type { DemoSecrets } from "./company.ts";
import { demoCompany, knownSecrets } from "./company.ts";

/** What the demo's mark says: whether everybody knows its secrets. */
interface DemoMark {
  readonly secrets: "known" | "random";
}

/**
 * Makes the demo company in an empty data folder, and marks it. A folder that has it keeps its people as they are, but random secrets
 * are made anew at each start, because they are shown only then.
 */
export async function seedDemo(foundation: Foundation, secrets: DemoSecrets): Promise<void> {
  const { marks, config, dataFolder } = foundation;
  const kind: DemoMark["secrets"] = secrets === knownSecrets ? "known" : "random";
  const earlier = (await marks.get(wholeSystem, DEMO_MARK)) as DemoMark | undefined;
  if (earlier?.secrets === "random" && kind === "known") {
    throw new PlatformError(
      "data-folder-is-demo",
      `the demo in ${dataFolder} has random secrets; remove that folder first`,
    );
  }
  // The mark goes first: half a demo company is still one, and `start` must refuse it.
  await marks.set(wholeSystem, DEMO_MARK, { secrets: kind } satisfies DemoMark);
  const tenant = (await config.tenants())[0] ?? done(await config.addTenant(TENANT));
  // A folder that an earlier program made gets the numbers that have come since.
  await addServices(foundation, tenant);
  if (earlier !== undefined && kind === "known" && (await config.keys(tenant.id)).length > 0) return;
  await addPeople(foundation, tenant, secrets);
  await setKey(foundation, tenant.id, secrets.key);
}

const TENANT = {
  domain: demoCompany.domain,
  realm: demoCompany.domain,
  timeZone: "Europe/Rome",
  country: "IT",
  language: "en",
  isDefault: true,
} as const;

/** Adds the numbers that are missing and that nobody else has. */
async function addServices({ config }: Foundation, tenant: Tenant): Promise<void> {
  const [services, users] = await Promise.all([config.services(tenant.id), config.users(tenant.id)]);
  const taken = new Set([...services.map(({ number }) => number), ...users.map(({ extension }) => extension)]);
  for (const service of demoCompany.services) {
    if (!taken.has(service.number)) done(await config.addService(tenant.id, service));
  }
}

/** Adds who is missing, and gives everybody the password. */
async function addPeople({ config, host }: Foundation, tenant: Tenant, secrets: DemoSecrets): Promise<void> {
  const admin = { extension: "admin", name: "Administrator", role: "admin" } as const;
  const present = new Map((await config.users(tenant.id)).map((user) => [user.extension, user.id]));
  const people = [...demoCompany.users, admin];
  const passwordOf = (extension: string): string =>
    extension === admin.extension ? secrets.adminPassword : secrets.passwordOf(extension);
  const hashes = await Promise.all(people.map(({ extension }) => hashPassword(passwordOf(extension))));
  for (const [index, person] of people.entries()) {
    const { extension } = person;
    const passwordHash = hashes[index] ?? "";
    const isAdmin = extension === admin.extension;
    const login = { username: extension, password: passwordOf(extension) };
    const sip = isAdmin ? {} : { sipSecrets: makeHa1(host.hash, tenant.realm, login) };
    const id = present.get(extension);
    if (id === undefined) {
      const added = done(await config.addUser(tenant.id, { ...person, mobile: null, passwordHash, ...sip }));
      if (!isAdmin) done(await config.changeReach(tenant.id, added.id, demoCompany.reach));
    } else {
      done(await config.setPasswordHash(tenant.id, id, passwordHash));
      if (sip.sipSecrets !== undefined) done(await config.setSipSecrets(tenant.id, id, sip.sipSecrets));
    }
  }
}

async function setKey({ config, host }: Foundation, tenant: Tenant["id"], key: string): Promise<void> {
  for (const { id, revokedAt } of await config.keys(tenant))
    if (revokedAt === null) done(await config.revokeKey(tenant, id));
  const sha256 = host.hash.hex("sha256", key);
  done(await config.addKey(tenant, { name: "demo", role: "admin", limits: noLimits, sha256 }));
}

/** Points the trunk `loop` at the scripted carrier of this start. */
export async function pointTrunk(
  { config, directory }: Foundation,
  carrier: { readonly address: string; readonly port: number },
): Promise<void> {
  const tenant = directory.defaultTenant().id;
  const { name, prefixes, maxCalls } = demoCompany.trunk;
  for (const trunk of directory.trunks(tenant)) if (trunk.name === name) await config.removeTrunk(tenant, trunk.id);
  const address = addressText(carrier);
  done(await config.addTrunk(tenant, { name, address, transport: "udp", prefixes, maxCalls }));
}

function done<Value>(result: Result<Value, { readonly code: string }>): Value {
  if (result.ok) return result.value;
  throw new PlatformError("internal", `the demo company cannot be made: ${result.error.code}`);
}
