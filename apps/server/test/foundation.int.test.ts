import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { plainReach } from "@cordboard/core";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import type { TestDatabase } from "@cordboard/testkit/database";
import { startTestDatabase } from "@cordboard/testkit/database";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { demoCompany, knownSecrets } from "../src/demo/company.ts";
import { seedDemo } from "../src/demo/seed.ts";
import { readSettings } from "../src/settings.ts";
import type { Settings } from "../src/settings-catalogue.ts";
import { ensureAdministrator } from "../src/system/first-administrator.ts";
import type { Foundation } from "../src/system/foundation.ts";
import { layFoundation } from "../src/system/foundation.ts";

let folder: TestFolder;
let database: TestDatabase;
let settings: Settings;
beforeEach(async () => {
  [folder, database] = await Promise.all([makeTestFolder(), startTestDatabase()]);
  const environment = { CORDBOARD_DATA: folder.path, CORDBOARD_DATABASE_URL: database.url };
  const read = readSettings(environment, { isDemo: false, isTerminal: false });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  settings = read.value;
});
afterEach(async () => {
  await database.stop();
  await folder.remove();
});

/** Opens the data folder, does something with it, and closes it again. */
async function within<Value>(
  kind: "start" | "demo",
  work: (foundation: Foundation) => Value | Promise<Value>,
): Promise<Value> {
  const foundation = await layFoundation(settings, machine, { purpose: kind, isDemo: kind === "demo" });
  try {
    return await work(foundation);
  } finally {
    await foundation.close();
  }
}
const nothing = (): void => {};

describe("a data folder", () => {
  test("of a company is served again, and not as the demo", async () => {
    await within("start", nothing);
    await within("start", nothing);
    await expect(within("demo", nothing)).rejects.toMatchObject({
      code: "data-folder-is-demo",
      message: expect.stringContaining("a real company"),
    });
  });

  test("of the demo is served as the demo again, and not as a company", async () => {
    await within("demo", (foundation) => seedDemo(foundation, knownSecrets));
    await within("demo", (foundation) => seedDemo(foundation, knownSecrets));
    await expect(within("start", nothing)).rejects.toMatchObject({
      code: "data-folder-is-demo",
      message: expect.stringContaining("known passwords"),
    });
  });

  test("in which the demo was begun is the demo's, even if it was never finished", async () => {
    const config = { tenants: () => Promise.reject(new Error("cut")) };
    const begun = within("demo", (foundation) =>
      seedDemo({ ...foundation, config: { ...foundation.config, ...config } }, knownSecrets),
    );
    await expect(begun).rejects.toThrow("cut");
    await expect(within("start", nothing)).rejects.toMatchObject({ code: "data-folder-is-demo" });
  });

  test("is free again when its start was refused", async () => {
    await within("demo", (foundation) => seedDemo(foundation, knownSecrets));
    await expect(within("start", nothing)).rejects.toMatchObject({ code: "data-folder-is-demo" });
    await within("demo", nothing);
  });
});

describe("the demo", () => {
  const secrets = { passwordOf: () => "random-password", adminPassword: "random-password", key: "cb_random" };

  test("with random secrets does not go back to the known ones", async () => {
    await within("demo", (foundation) => seedDemo(foundation, secrets));
    await expect(within("demo", (foundation) => seedDemo(foundation, knownSecrets))).rejects.toMatchObject({
      code: "data-folder-is-demo",
      message: expect.stringContaining("random secrets"),
    });
  });

  test("with random secrets knows no key of an earlier start", async () => {
    const live = await within("demo", async (foundation) => {
      await seedDemo(foundation, knownSecrets);
      await seedDemo(foundation, secrets);
      return (await foundation.config.keys(foundation.directory.defaultTenant().id)).map(({ revokedAt }) => revokedAt);
    });
    expect(live).toEqual([expect.any(Number), null]);
  });

  test("has all its people and numbers", async () => {
    const { users, services } = await within("demo", async (foundation) => {
      await seedDemo(foundation, knownSecrets);
      const { directory } = foundation;
      const tenant = directory.defaultTenant().id;
      return { users: directory.users(tenant), services: directory.services(tenant) };
    });
    expect(users.map(({ extension }) => extension).toSorted()).toEqual([
      ...demoCompany.users.map(({ extension }) => extension),
      "admin",
    ]);
    for (const { role, reach } of users) expect(reach).toEqual(role === "admin" ? plainReach : demoCompany.reach);
    expect(services.map(({ number, kind }) => `${number} ${kind}`)).toEqual([
      ...["9000 echo", "9001 music", "9002 conference", "9003 voicemail"],
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((place) => `901${place} park`),
      "*8 pick-up",
    ]);
  });

  test("gets the numbers that have come since it was made, except those that somebody has", async () => {
    const numbers = await within("demo", async (foundation) => {
      await seedDemo(foundation, knownSecrets);
      const { config, directory } = foundation;
      const { id } = directory.defaultTenant();
      for (const number of ["9002", "9011"]) await config.removeService(id, number);
      await config.addUser(id, { extension: "9011", name: "Karl", role: "user", mobile: null });
      await seedDemo(foundation, knownSecrets);
      return [directory.serviceAt(id, "9002")?.kind, directory.serviceAt(id, "9011")?.kind];
    });
    expect(numbers).toEqual(["conference", undefined]);
  });
});

describe("the first administrator", () => {
  test("has a password in a file that only its owner reads", async () => {
    const said = await within("start", (foundation) => ensureAdministrator(foundation, false));
    const file = join(folder.path, "admin-password");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const password = (await readFile(file, "utf8")).trim();
    expect(password).toMatch(/^[a-z2-9]{16}$/);
    expect(said).toContain(file);
    expect(said).not.toContain(password);
  });

  test("is made once", async () => {
    await within("start", (foundation) => ensureAdministrator(foundation, false));
    expect(await within("start", (foundation) => ensureAdministrator(foundation, false))).toBeUndefined();
  });
});
