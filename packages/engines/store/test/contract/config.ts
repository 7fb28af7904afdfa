import type { SoundProtection } from "@cordboard/core";
import { noLimits, plainProtections, plainReach } from "@cordboard/core";
import { expect, test } from "vitest";
import type { ConfigChange } from "../../src/index.ts";
import { loadDirectory } from "../../src/index.ts";
import { given, makeTenant, makeUser, newConfig } from "../scene.ts";
import type { Databases } from "./databases.ts";

const trunk = {
  name: "loop",
  address: "127.0.0.1:5080",
  transport: "udp",
  prefixes: ["00", "+"],
  maxCalls: 5,
} as const;

/** What every configuration store does. */
export function configContract(databases: Databases): void {
  listing(databases);
  wishes(databases);
  recordingRules(databases);
  soundProtections(databases);
  taking(databases);
}

/** Adding, listing and removing. */
function listing({ database }: Databases): void {
  test("what is added is listed", async () => {
    const config = newConfig(database());
    const tenant = await makeTenant(config, "listed.example");
    const user = given(
      await config.addUser(tenant.id, { extension: "101", name: "Ada", role: "admin", mobile: "+39333" }),
    );
    const service = given(await config.addService(tenant.id, { number: "9000", kind: "echo" }));
    const loop = given(await config.addTrunk(tenant.id, trunk));
    const limits = { ...noLimits, extensions: ["101"], ratePerMinute: 60 };
    const key = given(await config.addKey(tenant.id, { name: "crm", role: "user", limits, sha256: "listed" }));
    expect(await config.tenants()).toContainEqual(tenant);
    expect(await config.users(tenant.id)).toEqual([user]);
    expect(await config.services(tenant.id)).toEqual([service]);
    expect(await config.trunks(tenant.id)).toEqual([loop]);
    expect(await config.keys(tenant.id)).toEqual([{ ...key, createdAt: expect.any(Number), revokedAt: null }]);
    expect(loop).toEqual({ ...trunk, id: expect.stringMatching(/^trk_/), tenant: tenant.id });
    expect(user.id).toMatch(/^usr_[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  test("what is removed is gone, and cannot be removed twice", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "removed.example");
    const user = await makeUser(config, id, "101");
    given(await config.addService(id, { number: "9000", kind: "music" }));
    const loop = given(await config.addTrunk(id, trunk));
    const key = given(await config.addKey(id, { name: "crm", role: "user", limits: noLimits, sha256: "removed" }));
    given(await config.removeUser(id, user));
    given(await config.removeService(id, "9000"));
    given(await config.removeTrunk(id, loop.id));
    given(await config.revokeKey(id, key.id));
    expect([await config.users(id), await config.services(id), await config.trunks(id)]).toEqual([[], [], []]);
    expect((await config.keys(id))[0]?.revokedAt).toEqual(expect.any(Number));
    expect(await config.removeUser(id, user)).toEqual({ ok: false, error: { code: "no-such-user" } });
    expect(await config.removeService(id, "9000")).toEqual({ ok: false, error: { code: "no-such-service" } });
    expect(await config.removeTrunk(id, loop.id)).toEqual({ ok: false, error: { code: "no-such-trunk" } });
    expect(await config.revokeKey(id, key.id)).toEqual({ ok: false, error: { code: "no-such-key" } });
  });
}

/** How phones keep their sound from others. */
function soundProtections({ database, reopen }: Databases): void {
  test("what is said of the sound of a user's phones is told, and kept until it is taken back", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "protected.example");
    const user = await makeUser(config, id, "101");
    const told: (readonly ConfigChange[])[] = [];
    config.onChange((changes) => told.push(changes));
    const before = await loadDirectory(config);
    expect(before.soundProtections(id, user)).toEqual(plainProtections);
    const say = async (instance: string | null, protection: SoundProtection) =>
      given(await config.setSoundProtection(id, user, { instance, protection }));
    await say(null, "required");
    await say("<urn:uuid:1>", "offered");
    await say("<urn:uuid:1>", "off");
    const value = await say("<urn:uuid:2>", "required");
    const phones = new Map(Object.entries({ "<urn:uuid:1>": "off", "<urn:uuid:2>": "required" }));
    expect(value).toEqual({ others: "required", phones });
    expect(told.at(-1)).toEqual([{ kind: "sound-protections", tenant: id, id: user, value }]);
    for (const directory of [before, await loadDirectory(newConfig(await reopen()))])
      expect(directory.soundProtections(id, user)).toEqual(value);
    await say(null, "as-server");
    await say("<urn:uuid:1>", "as-server");
    await say("<urn:uuid:2>", "as-server");
    expect(before.soundProtections(id, user)).toEqual(plainProtections);
    expect(told.length).toBe(7);
  });

  test("what is said of phones goes with their user, who comes back as anybody", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "unprotected.example");
    const user = await makeUser(config, id, "101");
    const directory = await loadDirectory(config);
    given(await config.setSoundProtection(id, user, { instance: null, protection: "required" }));
    given(await config.removeUser(id, user));
    expect(directory.soundProtections(id, user)).toEqual(plainProtections);
    const again = await makeUser(config, id, "101");
    expect(directory.soundProtections(id, again)).toEqual(plainProtections);
    const gone = await config.setSoundProtection(id, user, { instance: null, protection: "off" });
    expect(gone).toEqual({ ok: false, error: { code: "no-such-user" } });
  });

  test("of no user more than 32 single phones are spoken of, and those that are can be changed", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "many-phones.example");
    const user = await makeUser(config, id, "101");
    const say = (n: number, protection: SoundProtection) =>
      config.setSoundProtection(id, user, { instance: `<urn:uuid:${n}>`, protection });
    for (let n = 1; n <= 32; n++) given(await say(n, "off"));
    expect(await say(33, "off")).toEqual({ ok: false, error: { code: "too-many-phones", most: 32 } });
    expect(given(await say(32, "required")).phones.size).toBe(32);
    given(await say(1, "as-server"));
    expect(given(await say(33, "off")).phones.size).toBe(32);
    const fresh = await loadDirectory(newConfig(database()));
    expect([...fresh.soundProtections(id, user).phones.keys()]).not.toContain("<urn:uuid:1>");
  });
}

/** How users want to be reached, and what tenants keep. */
function wishes({ database, reopen }: Databases): void {
  test("a user is reached as everybody, until it is changed, bit by bit", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "reach.example");
    const user = await makeUser(config, id, "101");
    expect(await config.users(id)).toMatchObject([{ reach: plainReach, mobile: null }]);
    const told: (readonly ConfigChange[])[] = [];
    config.onChange((changes) => told.push(changes));
    const forward = { noAnswer: { kind: "voicemail" }, always: { kind: "number", number: "1 02" } } as const;
    given(await config.changeReach(id, user, { forward, ringSeconds: 20 }));
    const changed = given(await config.changeReach(id, user, { mobile: "+39 333", forward: { always: null } }));
    const reach = {
      ...plainReach,
      ringSeconds: 20,
      forward: { ...plainReach.forward, noAnswer: { kind: "voicemail" } },
    };
    expect(changed).toMatchObject({ id: user, extension: "101", mobile: "+39333", reach });
    expect(told.at(-1)).toEqual([{ kind: "user", tenant: id, id: user, value: changed }]);
    expect(await newConfig(await reopen()).users(id)).toEqual([changed]);
  });

  test("a wish that cannot be is refused, and nothing is changed or told", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "no-reach.example");
    const user = await makeUser(config, id, "101");
    const stranger = await makeTenant(config, "reach-stranger.example");
    let told = 0;
    config.onChange(() => told++);
    expect(await config.changeReach(id, user, { ringSeconds: 121, callWaiting: false })).toMatchObject({
      ok: false,
      error: { code: "out-of-range", least: 5, most: 120 },
    });
    expect(await config.changeReach(id, user, { mobile: "home" })).toEqual({
      ok: false,
      error: { code: "invalid-number", number: "home" },
    });
    const unknown = { ok: false, error: { code: "no-such-user" } };
    expect(await config.changeReach(stranger.id, user, { ringSeconds: 20 })).toEqual(unknown);
    expect(await config.users(id)).toMatchObject([{ reach: plainReach, mobile: null }]);
    expect(told).toBe(0);
  });

  test("changes of one user's wishes at the same time do not undo one another", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "reach-twice.example");
    const user = await makeUser(config, id, "101");
    const other = newConfig(await reopen());
    await Promise.all([
      config.changeReach(id, user, { doNotDisturb: true }),
      other.changeReach(id, user, { ringSeconds: 30 }),
    ]);
    expect(await config.users(id)).toMatchObject([{ reach: { doNotDisturb: true, ringSeconds: 30 } }]);
  });

  test("a number can be of each kind of service", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "services.example");
    const kinds = ["echo", "music", "conference", "voicemail", "park", "pick-up"] as const;
    for (const [index, kind] of kinds.entries()) given(await config.addService(id, { number: `900${index}`, kind }));
    expect((await config.services(id)).map(({ kind }) => kind)).toEqual(kinds);
  });

  test("what was recorded is kept for ever, until days are named", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "retention.example");
    expect(await config.retention(id)).toEqual({ recordings: null, messages: null });
    given(await config.setRetention(id, { recordings: 30, messages: 7 }));
    expect(given(await config.setRetention(id, { recordings: null }))).toEqual({ recordings: null, messages: 7 });
    expect(await config.retention(id)).toEqual({ recordings: null, messages: 7 });
    for (const messages of [0, 36_501, 1.5])
      expect(await config.setRetention(id, { messages })).toMatchObject({ ok: false, error: { code: "out-of-range" } });
    const nobody = "ten_nobody" as typeof id;
    expect(await config.retention(nobody)).toBeUndefined();
    expect(await config.setRetention(nobody, {})).toEqual({ ok: false, error: { code: "no-such-tenant" } });
  });
}

/** Recording by rule. */
function recordingRules({ database, reopen }: Databases): void {
  test("who is always recorded, and whether a tone tells of it, is told at once and kept", async () => {
    const config = newConfig(database());
    const tenant = await makeTenant(config, "recorded.example");
    const user = await makeUser(config, tenant.id, "101");
    expect(tenant.hasRecordingNotice).toBe(true);
    expect(await config.users(tenant.id)).toMatchObject([{ isAlwaysRecorded: false }]);
    const told: (readonly ConfigChange[])[] = [];
    config.onChange((changes) => told.push(changes));
    const recorded = given(await config.setAlwaysRecorded(tenant.id, user, true));
    const quiet = given(await config.setRecordingNotice(tenant.id, false));
    expect([recorded.isAlwaysRecorded, quiet.hasRecordingNotice]).toEqual([true, false]);
    expect(told.map(([change]) => change)).toMatchObject([
      { kind: "user", id: user, value: recorded },
      { kind: "tenant", id: tenant.id, value: quiet },
    ]);
    const later = newConfig(await reopen());
    expect(await later.users(tenant.id)).toEqual([recorded]);
    expect(await later.tenants()).toContainEqual(quiet);
    const stranger = await makeTenant(config, "recorded-stranger.example");
    const unknown = { ok: false, error: { code: "no-such-user" } };
    expect(await config.setAlwaysRecorded(stranger.id, user, false)).toEqual(unknown);
    const nobody = { ok: false, error: { code: "no-such-tenant" } };
    expect(await config.setRecordingNotice("ten_nobody" as typeof tenant.id, false)).toEqual(nobody);
  });
}

/** What is taken already is refused, and commits are told. */
function taking({ database }: Databases): void {
  test("a number is given once within a tenant, to a user or a service", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "numbers.example");
    const other = await makeTenant(config, "other-numbers.example");
    await makeUser(config, id, "101");
    await makeUser(config, other.id, "101");
    given(await config.addService(id, { number: "9000", kind: "echo" }));
    const taken = (number: string) => ({ ok: false, error: { code: "number-taken", number } });
    const user = { name: "B", role: "user", mobile: null } as const;
    expect(await config.addUser(id, { ...user, extension: "101" })).toEqual(taken("101"));
    expect(await config.addUser(id, { ...user, extension: "9000" })).toEqual(taken("9000"));
    expect(await config.addService(id, { number: "9000", kind: "music" })).toEqual(taken("9000"));
    expect(await config.addService(id, { number: "101", kind: "music" })).toEqual(taken("101"));
  });

  test("a domain belongs to one tenant whatever its case, a trunk's name and a key to one thing", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "Domain.example");
    const country = { timeZone: "UTC", country: "IT", language: "en", isDefault: false };
    expect(await config.addTenant({ ...country, domain: "dOMAIN.EXAMPLE", realm: "x" })).toEqual({
      ok: false,
      error: { code: "domain-taken", domain: "dOMAIN.EXAMPLE" },
    });
    given(await config.addTrunk(id, trunk));
    expect(await config.addTrunk(id, trunk)).toEqual({ ok: false, error: { code: "name-taken", name: "loop" } });
    const key = { name: "crm", role: "user", limits: noLimits, sha256: "domains" } as const;
    given(await config.addKey(id, key));
    expect(await config.addKey(id, key)).toEqual({ ok: false, error: { code: "key-taken" } });
  });

  test("each commit is told once, in order, and a refusal is not told", async () => {
    const config = newConfig(database());
    const { id } = await makeTenant(config, "told.example");
    const told: (readonly ConfigChange[])[] = [];
    const stop = config.onChange((changes) => told.push(changes));
    const wanted = { extension: "101", name: "Ada", role: "user", mobile: null } as const;
    const secrets = { md5: "m", sha256: "s" };
    const [first, second] = await Promise.all([
      config.addUser(id, { ...wanted, sipSecrets: secrets, passwordHash: "$argon2id$" }),
      config.addUser(id, wanted),
      config.addService(id, { number: "9000", kind: "echo" }),
    ]);
    expect(second.ok).toBe(false);
    stop();
    await config.removeService(id, "9000");
    expect(told.map((changes) => changes.map(({ kind }) => kind))).toEqual([
      ["user", "sip-secrets", "web-password"],
      ["service"],
    ]);
    expect(told[0]?.[0]).toEqual({ kind: "user", tenant: id, id: given(first).id, value: given(first) });
    expect(JSON.stringify(told)).not.toContain('"m"');
  });

  test("there is one default tenant", async () => {
    const config = newConfig(database());
    await makeTenant(config, "default.example", true);
    const country = { timeZone: "UTC", country: "IT", language: "en" };
    const second = await config.addTenant({ ...country, domain: "second.example", realm: "x", isDefault: true });
    expect(second).toEqual({ ok: false, error: { code: "default-tenant-exists" } });
  });
}
