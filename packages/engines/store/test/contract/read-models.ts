import type { Device } from "@cordboard/core";
import { noLimits } from "@cordboard/core";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import { loadDirectory, loadSipSecrets, openCredentialStore, sealerOf } from "../../src/index.ts";
import { given, later, makeTenant, makeUser, newConfig, newDeviceId, sealer } from "../scene.ts";
import type { Databases } from "./databases.ts";

const secrets = { md5: "a".repeat(32), sha256: "b".repeat(64) };

/** What the configuration's read-models know, from the start and from each commit on. */
export function readModelsContract(databases: Databases): void {
  directory(databases);
  credentials(databases);
  sipSecrets(databases);
}

/** Who and what there is. */
function directory({ database, reopen }: Databases): void {
  test("a directory loaded before and one loaded after a change know the same", async () => {
    const config = newConfig(database());
    const before = await loadDirectory(config);
    const tenant = await makeTenant(config, "Directory.example");
    const ada = await makeUser(config, tenant.id, "101");
    const bert = await makeUser(config, tenant.id, "102");
    given(await config.addService(tenant.id, { number: "9000", kind: "echo" }));
    const trunk = { name: "t", address: "a:1", transport: "tcp", prefixes: ["+"], maxCalls: 1 } as const;
    const { id } = given(await config.addTrunk(tenant.id, trunk));
    given(await config.removeUser(tenant.id, bert));
    given(await config.changeReach(tenant.id, ada, { doNotDisturb: true }));
    const after = await loadDirectory(newConfig(await reopen()));
    for (const directory of [before, after]) {
      expect(directory.tenant(tenant.id)).toEqual(tenant);
      expect(directory.tenantOfDomain("dIRECTORY.EXAMPLE")).toEqual(tenant);
      expect(directory.userAt(tenant.id, "101")?.id).toBe(ada);
      expect(directory.user(tenant.id, ada)?.extension).toBe("101");
      expect(directory.userAt(tenant.id, "102")).toBeUndefined();
      expect(directory.users(tenant.id).map((user) => user.id)).toEqual([ada]);
      expect(directory.user(tenant.id, ada)?.reach.doNotDisturb).toBe(true);
      expect(directory.userAt(tenant.id, "101")?.reach.doNotDisturb).toBe(true);
      expect(directory.serviceAt(tenant.id, "9000")?.kind).toBe("echo");
      expect(directory.services(tenant.id)).toEqual([directory.serviceAt(tenant.id, "9000")]);
      expect(directory.trunks(tenant.id)).toEqual([directory.trunk(tenant.id, id)]);
    }
  });

  test("a directory knows where the devices of its users are", async () => {
    const config = newConfig(database());
    const directory = await loadDirectory(config);
    const tenant = (await makeTenant(config, "devices.example")).id;
    const user = await makeUser(config, tenant, "101");
    const phone = { contact: "sip:101@192.0.2.1", userAgent: "baresip", transport: "udp", instance: null };
    const device: Device = { ...phone, expiresAt: later(60_000), id: newDeviceId(), tenant, user };
    directory.setDevice(device, false);
    directory.setDevice({ ...device, contact: "sip:101@192.0.2.2" }, false);
    expect(directory.devices(tenant, user).map(({ contact }) => contact)).toEqual(["sip:101@192.0.2.2"]);
    expect(directory.allDevices(tenant)).toHaveLength(1);
    directory.setDevice(device, true);
    expect(directory.devices(tenant, user)).toEqual([]);
    directory.setDevice(device, false);
    given(await config.removeUser(tenant, user));
    directory.setDevice(device, false);
    expect(directory.allDevices(tenant)).toEqual([]);
  });
}

/** API keys and web log-ins. */
function credentials({ database, reopen }: Databases): void {
  test("a key is good from its commit to its revocation, also after a restart", async () => {
    const config = newConfig(database());
    const credentials = await openCredentialStore({ database: database(), config });
    const tenant = (await makeTenant(config, "keys.example")).id;
    const key = given(await config.addKey(tenant, { name: "crm", role: "user", limits: noLimits, sha256: "good" }));
    expect(await credentials.keyByHash("good")).toEqual(key);
    const again = await reopen();
    const restarted = newConfig(again);
    const later = await openCredentialStore({ database: again, config: restarted });
    expect(await later.keyByHash("good")).toEqual(key);
    given(await restarted.revokeKey(tenant, key.id));
    expect(await later.keyByHash("good")).toBeUndefined();
    const last = await openCredentialStore({ database: again, config: newConfig(again) });
    expect(await last.keyByHash("good")).toBeUndefined();
  });

  test("a web log-in is found by extension, with its newest password", async () => {
    const config = newConfig(database());
    const credentials = await openCredentialStore({ database: database(), config });
    const tenant = (await makeTenant(config, "logins.example")).id;
    const user = await makeUser(config, tenant, "admin");
    expect(await credentials.webLogin(tenant, "admin")).toBeUndefined();
    given(await config.setPasswordHash(tenant, user, "$argon2id$1"));
    given(await config.setPasswordHash(tenant, user, "$argon2id$2"));
    expect(await credentials.webLogin(tenant, "admin")).toMatchObject({
      user: { id: user },
      passwordHash: "$argon2id$2",
    });
    expect(await credentials.webLogin(tenant, "Admin")).toBeUndefined();
  });
}

/** SIP secrets. */
function sipSecrets({ database, reopen }: Databases): void {
  test("SIP secrets are known from their commit on, after a restart, and no more with the user", async () => {
    const config = newConfig(database());
    const source = await loadSipSecrets({ config, sealer, log: machine.log });
    const tenant = (await makeTenant(config, "secrets.example")).id;
    const user = await makeUser(config, tenant, "101");
    given(await config.setSipSecrets(tenant, user, { md5: "old", sha256: "old" }));
    given(await config.setSipSecrets(tenant, user, secrets));
    expect(source.secretsOf(tenant, user)).toEqual(secrets);
    const restarted = newConfig(await reopen());
    const again = await loadSipSecrets({ config: restarted, sealer, log: machine.log });
    expect(again.secretsOf(tenant, user)).toEqual(secrets);
    given(await restarted.removeUser(tenant, user));
    expect(again.secretsOf(tenant, user)).toBeUndefined();
  });

  test("sealed SIP secrets tell the database nothing, and open neither for another key nor for another user", async () => {
    const config = newConfig(database());
    const tenant = (await makeTenant(config, "sealed.example")).id;
    const [ada, bert] = [await makeUser(config, tenant, "101"), await makeUser(config, tenant, "102")];
    given(await config.setSipSecrets(tenant, ada, secrets));
    given(await config.setSipSecrets(tenant, bert, { md5: "bert", sha256: "bert" }));
    const stored = await database().pool.query("select body from sip_secrets where tenant_id = $1", [tenant]);
    expect(JSON.stringify(stored.rows)).not.toContain(Buffer.from(secrets.md5).toString("hex"));
    const stranger = sealerOf(new Uint8Array(32).fill(2), machine);
    const unread = await loadSipSecrets({ config: newConfig(database()), sealer: stranger, log: machine.log });
    expect(unread.secretsOf(tenant, ada)).toBeUndefined();
    await database().pool.query(
      `update sip_secrets b set key_id = a.key_id, nonce = a.nonce, body = a.body from sip_secrets a
       where a.tenant_id = $1 and a.user_id = $2 and b.tenant_id = $1 and b.user_id = $3`,
      [tenant, ada, bert],
    );
    const moved = await loadSipSecrets({ config: newConfig(database()), sealer, log: machine.log });
    expect(moved.secretsOf(tenant, ada)).toEqual(secrets);
    expect(moved.secretsOf(tenant, bert)).toBeUndefined();
  });
}
