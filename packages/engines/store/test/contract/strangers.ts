import { noLimits } from "@cordboard/core";
import { randomHex } from "@cordboard/kernel";
import { machine } from "@cordboard/testkit";
import { expect, test } from "vitest";
import {
  createIdempotencyStore,
  createMarkStore,
  loadDirectory,
  loadSipSecrets,
  openContactStore,
  openCredentialStore,
  openHistoryBook,
} from "../../src/index.ts";
import { aCall, given, itsEnd, later, makeTenant, newConfig, newDeviceId, sealer, setClock } from "../scene.ts";
import type { Databases } from "./databases.ts";

/** Every method of every repository, tried with the ids of another tenant. */
export function strangersContract(databases: Databases): void {
  configuration(databases);
  records(databases);
}

/** Companies whose ids a stranger knows. */
function companiesOf({ database }: Databases) {
  const secrets = { md5: "m", sha256: "s" };

  /** A company with one of everything, and a stranger who knows all its ids. */
  const scene = async () => {
    const config = newConfig(database());
    const name = randomHex(machine.random, 4);
    const owner = (await makeTenant(config, `owner-${name}.example`)).id;
    const stranger = (await makeTenant(config, `stranger-${name}.example`)).id;
    const wanted = { extension: "101", name: "Ada", role: "user", mobile: null } as const;
    const user = given(await config.addUser(owner, { ...wanted, sipSecrets: secrets, passwordHash: "hash" }));
    const newKey = { name: "crm", role: "user", limits: noLimits, sha256: `stranger-${name}` } as const;
    const key = given(await config.addKey(owner, newKey));
    const service = given(await config.addService(owner, { number: "9000", kind: "echo" }));
    const trunk = given(
      await config.addTrunk(owner, { name: "loop", address: "a:1", transport: "udp", prefixes: [], maxCalls: 1 }),
    );
    return { config, owner, stranger, user, key, service, trunk };
  };
  return { scene, secrets };
}

/** The configuration and what is made of it. */
function configuration(databases: Databases): void {
  const { database } = databases;
  const { scene, secrets } = companiesOf(databases);
  test("a stranger lists nothing", async () => {
    const { config, stranger } = await scene();
    expect(await config.users(stranger)).toEqual([]);
    expect(await config.keys(stranger)).toEqual([]);
    expect(await config.services(stranger)).toEqual([]);
    expect(await config.trunks(stranger)).toEqual([]);
  });

  test("a stranger changes and removes nothing", async () => {
    const { config, owner, stranger, user, key, service, trunk } = await scene();
    const no = (thing: string) => ({ ok: false, error: { code: `no-such-${thing}` } });
    expect(await config.removeUser(stranger, user.id)).toEqual(no("user"));
    expect(await config.setSipSecrets(stranger, user.id, { md5: "x", sha256: "x" })).toEqual(no("user"));
    expect(await config.setPasswordHash(stranger, user.id, "x")).toEqual(no("user"));
    const said = { instance: null, protection: "off" } as const;
    expect(await config.setSoundProtection(stranger, user.id, said)).toEqual(no("user"));
    expect(await config.revokeKey(stranger, key.id)).toEqual(no("key"));
    expect(await config.removeService(stranger, service.number)).toEqual(no("service"));
    expect(await config.removeTrunk(stranger, trunk.id)).toEqual(no("trunk"));
    expect(await config.users(owner)).toEqual([user]);
    expect(await config.keys(owner)).toMatchObject([{ id: key.id, revokedAt: null }]);
    expect(await config.services(owner)).toEqual([service]);
    expect(await config.trunks(owner)).toEqual([trunk]);
  });

  test("nothing is added for a tenant that there is not", async () => {
    const { config } = await scene();
    const nobody = "ten_nobody" as Parameters<typeof config.users>[0];
    const none = { ok: false, error: { code: "no-such-tenant" } };
    const user = { extension: "1", name: "", role: "user", mobile: null } as const;
    const trunk = { name: "t", address: "a:1", transport: "udp", prefixes: [], maxCalls: 1 } as const;
    const key = { name: "k", role: "user", limits: noLimits, sha256: "nobody" } as const;
    expect(await config.addUser(nobody, user)).toEqual(none);
    expect(await config.addService(nobody, { number: "1", kind: "echo" })).toEqual(none);
    expect(await config.addTrunk(nobody, trunk)).toEqual(none);
    expect(await config.addKey(nobody, key)).toEqual(none);
  });

  test("a stranger finds nobody in the directory, no secret and no log-in", async () => {
    const { config, owner, stranger, user, service, trunk } = await scene();
    const directory = await loadDirectory(config);
    const phone = { contact: "c", userAgent: "u", transport: "udp", instance: null, expiresAt: later(1) };
    const device = { ...phone, id: newDeviceId(), tenant: owner, user: user.id };
    directory.setDevice(device, false);
    directory.setDevice({ ...device, tenant: stranger }, false);
    directory.setDevice({ ...device, tenant: stranger }, true);
    expect(directory.user(stranger, user.id)).toBeUndefined();
    expect(directory.userAt(stranger, "101")).toBeUndefined();
    expect(directory.users(stranger)).toEqual([]);
    expect(directory.serviceAt(stranger, service.number)).toBeUndefined();
    expect(directory.services(stranger)).toEqual([]);
    expect(directory.trunk(stranger, trunk.id)).toBeUndefined();
    expect(directory.trunks(stranger)).toEqual([]);
    expect(directory.devices(stranger, user.id)).toEqual([]);
    expect(directory.allDevices(stranger)).toEqual([]);
    given(await config.setSoundProtection(owner, user.id, { instance: null, protection: "required" }));
    expect(directory.soundProtections(stranger, user.id).others).toBe("as-server");
    expect(directory.devices(owner, user.id)).toEqual([device]);
    const source = await loadSipSecrets({ config, sealer, log: machine.log });
    expect(source.secretsOf(owner, user.id)).toEqual(secrets);
    expect(source.secretsOf(stranger, user.id)).toBeUndefined();
    const credentials = await openCredentialStore({ database: database(), config });
    expect(await credentials.webLogin(owner, "101")).toMatchObject({ passwordHash: "hash" });
    expect(await credentials.webLogin(stranger, "101")).toBeUndefined();
  });
}

/** Calls, registrations, requests and marks. */
function records(databases: Databases): void {
  const { database } = databases;
  const { scene } = companiesOf(databases);
  test("a stranger neither reads nor changes a call, even under its very id", async () => {
    const { owner, stranger } = await scene();
    const book = openHistoryBook({ database: database(), clock: machine.clock, log: machine.log });
    const call = aCall(owner);
    const theirs = { ...call, tenant: stranger, dst: "666" };
    await book.open(call);
    book.answered(stranger, call.id, later(1), "SIP/666-00000000");
    book.touch([{ tenant: stranger, id: call.id }], later(99_000));
    await book.close(itsEnd(theirs));
    const query = { count: 10, direction: "ASC", id: call.id } as const;
    expect(await book.list(stranger, query)).toEqual([]);
    expect(await book.list(owner, query)).toMatchObject([{ dst: "102", end: null, answer: null }]);
    await book.open(theirs);
    expect(await book.list(stranger, query)).toMatchObject([{ dst: "666" }]);
    expect(await book.list(owner, query)).toMatchObject([{ dst: "102" }]);
  });

  test("a stranger's registrations leave the same address of another tenant alone", async () => {
    const { owner, stranger, user } = await scene();
    const store = openContactStore({ database: database(), clock: setClock(), log: machine.log });
    const contact = {
      tenant: owner,
      user: user.id,
      aor: "sip:101@a",
      device: newDeviceId(),
      binding: 1,
      expiresAt: later(9),
    };
    await store.save(owner, "sip:101@a", [contact]);
    await store.save(stranger, "sip:101@a", [contact]);
    await store.save(stranger, "sip:101@a", []);
    const all = await store.load();
    expect(all.filter(({ device }) => device === contact.device)).toEqual([contact]);
  });

  test("a stranger's requests and marks are others", async () => {
    const { owner, stranger } = await scene();
    const requests = createIdempotencyStore({ database: database(), clock: machine.clock, epoch: "one" });
    const request = { credential: "key_1", method: "POST", path: "/", key: "k", bodyHash: "h" };
    const answer = { status: 200, headers: {}, body: "theirs" };
    await requests.claim(owner, request);
    await expect(requests.settle(stranger, request, answer)).rejects.toMatchObject({ code: "internal" });
    await requests.release(stranger, request);
    expect(await requests.claim(owner, request)).toEqual({ outcome: "in-progress" });
    expect(await requests.claim(stranger, request)).toEqual({ outcome: "claimed" });
    const marks = createMarkStore(database(), machine.clock);
    await marks.set(owner, "note", 1);
    await marks.remove(stranger, "note");
    expect(await marks.get(stranger, "note")).toBeUndefined();
    expect(await marks.get(owner, "note")).toBe(1);
  });
}
