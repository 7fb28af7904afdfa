import type { Device, Directory, Service, SoundProtections, Tenant, Trunk, User } from "@cordboard/core";
import { plainProtections } from "@cordboard/core";
import type { TenantId, TrunkId, UserId } from "@cordboard/kernel";
import { PlatformError, unreachable } from "@cordboard/kernel";
import type { ConfigChange } from "../config/changes.ts";
import type { ConfigStore } from "../config/store.ts";

/** The configuration and the registered endpoints in memory. */
export interface DirectoryModel extends Directory {
  /** An endpoint has registered or refreshed, or is gone. Ignored for users who are no more. */
  setDevice(device: Device, isGone: boolean): void;
}

/** Everything of one tenant. */
interface Company {
  readonly tenant: Tenant;
  readonly users: Map<UserId, User>;
  readonly atExtension: Map<string, User>;
  readonly services: Map<string, Service>;
  readonly trunks: Map<TrunkId, Trunk>;
  readonly devices: Map<UserId, readonly Device[]>;
  readonly soundProtections: Map<UserId, SoundProtections>;
}

/** Reads the whole configuration once, and follows its changes from there. */
export async function loadDirectory(config: Pick<ConfigStore, "follow">): Promise<DirectoryModel> {
  const companies = new Map<TenantId, Company>();
  const byDomain = new Map<string, Tenant>();
  let standard: Tenant | undefined;
  await config.follow((changes) => {
    for (const change of changes) apply(companies, change);
    for (const { tenant } of companies.values()) {
      byDomain.set(tenant.domain.toLowerCase(), tenant);
      if (tenant.isDefault) standard = tenant;
    }
  });
  return {
    tenant: (id) => companies.get(id)?.tenant,
    defaultTenant() {
      if (standard === undefined) throw new PlatformError("internal", "the configuration has no default tenant");
      return standard;
    },
    tenantOfDomain: (domain) => byDomain.get(domain.toLowerCase()),
    user: (tenant, id) => companies.get(tenant)?.users.get(id),
    userAt: (tenant, extension) => companies.get(tenant)?.atExtension.get(extension),
    users: (tenant) => [...(companies.get(tenant)?.users.values() ?? [])],
    serviceAt: (tenant, number) => companies.get(tenant)?.services.get(number),
    services: (tenant) => [...(companies.get(tenant)?.services.values() ?? [])],
    trunk: (tenant, id) => companies.get(tenant)?.trunks.get(id),
    trunks: (tenant) => [...(companies.get(tenant)?.trunks.values() ?? [])],
    devices: (tenant, user) => companies.get(tenant)?.devices.get(user) ?? [],
    allDevices: (tenant) => [...(companies.get(tenant)?.devices.values() ?? [])].flat(),
    soundProtections: (tenant, user) => companies.get(tenant)?.soundProtections.get(user) ?? plainProtections,
    setDevice: (device, isGone) => setDevice(companies.get(device.tenant), device, isGone),
  };
}

function apply(companies: Map<TenantId, Company>, change: ConfigChange): void {
  if (change.kind === "tenant") {
    const known = companies.get(change.id) ?? emptyCompany(change.value);
    companies.set(change.id, { ...known, tenant: change.value });
    return;
  }
  const company = companies.get(change.tenant);
  if (company === undefined) return;
  switch (change.kind) {
    case "user":
      return applyUser(company, change.id, change.value);
    case "service":
      return put(company.services, change.id, change.value);
    case "trunk":
      return put(company.trunks, change.id, change.value);
    case "sound-protections":
      return put(company.soundProtections, change.id, change.value);
    case "key":
    case "sip-secrets":
    case "web-password":
      return;
    default:
      return unreachable(change);
  }
}

function applyUser(company: Company, id: UserId, user: User | null): void {
  const { users, atExtension, devices, soundProtections } = company;
  const earlier = users.get(id);
  if (earlier !== undefined) atExtension.delete(earlier.extension);
  put(users, id, user);
  if (user !== null) return void atExtension.set(user.extension, user);
  devices.delete(id);
  soundProtections.delete(id);
}

function setDevice(company: Company | undefined, device: Device, isGone: boolean): void {
  if (company?.users.has(device.user) !== true) return;
  const known = company.devices.get(device.user) ?? [];
  const isKnown = known.some(({ id }) => id === device.id);
  // Not spread into a new list: that would keep room for 16 more, for each of a hundred thousand users.
  const present = isKnown ? known.map((each) => (each.id === device.id ? device : each)) : known.concat(device);
  const devices = isGone ? known.filter(({ id }) => id !== device.id) : present;
  put(company.devices, device.user, devices.length === 0 ? null : devices);
}

function put<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

const emptyCompany = (tenant: Tenant): Company => ({
  tenant,
  users: new Map(),
  atExtension: new Map(),
  services: new Map(),
  trunks: new Map(),
  devices: new Map(),
  soundProtections: new Map(),
});
