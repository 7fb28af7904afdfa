import { createHash, createHmac } from "node:crypto";
import type {
  ContactStore,
  Device,
  Directory,
  Service,
  SipSecretSource,
  SipSecrets,
  SipTokens,
  SoundProtections,
  StoredContact,
  Tenant,
  Trunk,
  User,
} from "@cordboard/core";
import { plainProtections, plainReach } from "@cordboard/core";
import type { DeviceId, Hash, TenantId, TrunkId, UserId } from "@cordboard/kernel";

/** The platform's own digests. */
export const hash: Hash = {
  hex: (algorithm, text) => createHash(algorithm).update(text).digest("hex"),
  hmac: (key, text) => createHmac("sha256", key).update(text).digest("hex"),
};

const tenantOf = (id: string, domain: string, isDefault: boolean): Tenant => ({
  id: id as TenantId,
  domain,
  realm: domain,
  timeZone: "Europe/Rome",
  country: "IT",
  language: "en",
  isDefault,
  hasRecordingNotice: true,
});

/** The tenant of whoever names no domain of ours. */
export const home: Tenant = tenantOf("ten_home", "home.example", true);
/** Another company on the same server, with an extension 101 of its own. */
export const other: Tenant = tenantOf("ten_other", "other.example", false);

const userOf = (tenant: Tenant, extension: string): User => ({
  id: `usr_${tenant.domain}_${extension}` as UserId,
  tenant: tenant.id,
  extension,
  name: `Phone ${extension}`,
  role: "user",
  mobile: null,
  reach: plainReach,
  isAlwaysRecorded: false,
});

const users: readonly User[] = [
  ...["101", "102", "103", "104"].map((extension) => userOf(home, extension)),
  ...["101", "201"].map((extension) => userOf(other, extension)),
];

/** The user at an extension of the first tenant. */
export const userAt = (extension: string): User => {
  const user = users.find((each) => each.tenant === home.id && each.extension === extension);
  if (user === undefined) throw new Error(`nobody has extension ${extension}`);
  return user;
};

/** Every password is `secret-<extension>`. */
export const passwordOf = (extension: string): string => `secret-${extension}`;

/** Two tenants in memory; trunks can be added while a test runs. */
export class House implements Directory, SipSecretSource, Pick<SipTokens, "accepted"> {
  readonly lines: Trunk[] = [];
  /** Tokens that are good now, by tenant and user. */
  readonly tokens: Map<string, string> = new Map();
  /** What the house itself answers at numbers of the first tenant. */
  readonly served: Service[] = [];
  /** What is said of the sound of phones, by user. */
  readonly protections: Map<UserId, SoundProtections> = new Map();
  readonly #here = new Map<DeviceId, Device>();
  #users = users;

  /** A device has come, or gone. */
  note(device: Device, isGone: boolean): void {
    if (isGone) this.#here.delete(device.id);
    else this.#here.set(device.id, device);
  }

  /** The user of the first tenant at an extension is gone; its id. */
  remove(extension: string): UserId {
    const { id } = userAt(extension);
    this.#users = this.#users.filter((user) => user.id !== id);
    return id;
  }

  addTrunk(address: string, transport: Trunk["transport"] = "udp"): Trunk {
    const trunk: Trunk = {
      id: `trk_${this.lines.length}` as TrunkId,
      tenant: home.id,
      name: "carrier",
      address,
      transport,
      prefixes: ["00"],
      maxCalls: 10,
    };
    this.lines.push(trunk);
    return trunk;
  }

  accepted(tenant: TenantId, user: UserId): readonly string[] {
    const token = this.tokens.get(`${tenant} ${user}`);
    return token === undefined ? [] : [token];
  }

  tenant(id: TenantId): Tenant | undefined {
    return [home, other].find((each) => each.id === id);
  }
  defaultTenant(): Tenant {
    return home;
  }
  tenantOfDomain(domain: string): Tenant | undefined {
    return [home, other].find((each) => each.domain === domain.toLowerCase());
  }
  user(tenant: TenantId, id: UserId): User | undefined {
    return this.#users.find((each) => each.tenant === tenant && each.id === id);
  }
  userAt(tenant: TenantId, extension: string): User | undefined {
    return this.#users.find((each) => each.tenant === tenant && each.extension === extension);
  }
  users(tenant: TenantId): readonly User[] {
    return this.#users.filter((each) => each.tenant === tenant);
  }
  serviceAt(tenant: TenantId, number: string): Service | undefined {
    return this.services(tenant).find((each) => each.number === number);
  }
  trunk(tenant: TenantId, id: TrunkId): Trunk | undefined {
    return this.lines.find((each) => each.tenant === tenant && each.id === id);
  }
  trunks(tenant: TenantId): readonly Trunk[] {
    return this.lines.filter((each) => each.tenant === tenant);
  }
  services(tenant: TenantId): readonly Service[] {
    return this.served.filter((each) => each.tenant === tenant);
  }
  devices(tenant: TenantId, user: UserId): readonly Device[] {
    return this.allDevices(tenant).filter((each) => each.user === user);
  }
  allDevices(tenant: TenantId): readonly Device[] {
    return [...this.#here.values()].filter((each) => each.tenant === tenant);
  }
  soundProtections(_tenant: TenantId, user: UserId): SoundProtections {
    return this.protections.get(user) ?? plainProtections;
  }
  secretsOf(tenant: TenantId, id: UserId): SipSecrets | undefined {
    const user = this.user(tenant, id);
    const realm = this.tenant(tenant)?.realm;
    if (user === undefined || realm === undefined) return undefined;
    const text = `${user.extension}:${realm}:${passwordOf(user.extension)}`;
    return { md5: hash.hex("md5", text), sha256: hash.hex("sha256", text) };
  }
}

/** Contacts in memory, through JSON as a database keeps them. */
export class ContactShelf implements ContactStore {
  readonly #shelf = new Map<string, string>();
  saves = 0;
  /** Set to let the next saves fail. */
  isAway = false;
  /** Set to hold back commits until it settles. */
  gate: Promise<void> = Promise.resolve();

  async load(): Promise<readonly StoredContact[]> {
    return [...this.#shelf.values()].flatMap((text): readonly StoredContact[] => JSON.parse(text));
  }

  async save(tenant: TenantId, aor: string, contacts: readonly StoredContact[]): Promise<void> {
    this.saves += 1;
    await this.gate;
    if (this.isAway) throw new Error("the database is away");
    this.#shelf.set(`${tenant} ${aor}`, JSON.stringify(contacts));
  }
}
