import { chmod, chown, cp, lstat, mkdir, readdir, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestFolder } from "@cordboard/testkit";
import { machine, makeTestFolder } from "@cordboard/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findAccount } from "../src/embedded/account.ts";
import { findBundle, linkLibraries } from "../src/embedded/binaries.ts";
import type { EmbeddedServer } from "../src/embedded/embedded.ts";
import { startEmbedded } from "../src/embedded/embedded.ts";
import { place } from "../src/embedded/placement.ts";
import { secretKey } from "../src/index.ts";

let folder: TestFolder;
beforeEach(async () => {
  folder = await makeTestFolder();
});
afterEach(() => folder.remove());

const at = (...parts: readonly string[]): string => join(folder.path, ...parts);
const start = (dataFolder: string, dbUser = "nobody"): Promise<EmbeddedServer> =>
  startEmbedded({ ...machine, dataFolder, dbUser, shelf: at("shelf"), isDurable: false, onState: () => {} });

/** The tests of what root does differently; as another user there is nothing of it to see. */
const asRoot =
  process.getuid?.() === 0 ? test : (name: string) => process.stderr.write(`left out, needs root: ${name}\n`);

test("libraries are linked where the package's install script did not run", async () => {
  const { native } = await findBundle();
  const copy = at("native");
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith("/share") });
  const links: string[] = [];
  for (const name of await readdir(join(copy, "lib")))
    if ((await lstat(join(copy, "lib", name))).isSymbolicLink()) links.push(name);
  await Promise.all(links.map((name) => rm(join(copy, "lib", name))));
  expect(await linkLibraries(copy)).toBe(true);
  for (const name of links) expect((await stat(join(copy, "lib", name))).isFile()).toBe(true);
  expect(links.length).toBeGreaterThan(5);
});

test("the secret key is made once, in a file of ours alone, or taken from the setting", async () => {
  const key = await secretKey({ dataFolder: folder.path, random: machine.random });
  expect(key).toHaveLength(32);
  expect((await stat(at("secret.key"))).mode & 0o777).toBe(0o600);
  await chmod(at("secret.key"), 0o644);
  expect(await secretKey({ dataFolder: folder.path, random: machine.random })).toEqual(key);
  expect((await stat(at("secret.key"))).mode & 0o777).toBe(0o600);
  const setting = "0f".repeat(32);
  expect(await secretKey({ dataFolder: folder.path, setting, random: machine.random })).toEqual(
    new Uint8Array(32).fill(15),
  );
  await expect(secretKey({ dataFolder: folder.path, setting: "short", random: machine.random })).rejects.toMatchObject({
    code: "bad-settings",
  });
  await writeFile(at("secret.key"), "spoilt");
  await expect(secretKey({ dataFolder: folder.path, random: machine.random })).rejects.toMatchObject({
    code: "bad-settings",
  });
});

test("the database's password is in a file of ours alone", async () => {
  const server = await start(at("data"));
  await server.stop();
  expect((await stat(at("data", "database-password"))).mode & 0o777).toBe(0o600);
  expect((await stat(server.cluster)).mode & 0o777).toBe(0o700);
});

asRoot("root's database runs as the account, in the data folder that the account can reach", async () => {
  const server = await start(at("data"));
  const nobody = await findAccount("nobody");
  expect(server.notes).toEqual([]);
  expect(server.cluster).toBe(at("data", "postgres"));
  expect((await stat(server.cluster)).uid).toBe(nobody?.uid);
  await server.stop();
});

asRoot(
  "below a closed home the files go to the shelf, which is said, and they are found again when the folder moves",
  async () => {
    await mkdir(at("home"), { mode: 0o700 });
    const first = await start(at("home", "data"));
    expect(first.notes).toEqual([expect.stringContaining(first.cluster)]);
    expect(first.cluster.startsWith(at("shelf", "data-"))).toBe(true);
    expect(await readlink(at("home", "data", "postgres"))).toBe(first.cluster);
    await first.stop();
    await rename(at("home", "data"), at("home", "moved"));
    const second = await start(at("home", "moved"));
    expect(second.cluster).toBe(first.cluster);
    expect(second.notes).toHaveLength(1);
    await second.stop();
  },
);

asRoot("a copy of the programs is used, once made, where the account cannot reach the installed ones", async () => {
  await mkdir(at("home"), { mode: 0o700 });
  await mkdir(at("data"), { mode: 0o711 });
  const { native, label } = await findBundle();
  await cp(native, at("home", "native"), { recursive: true, verbatimSymlinks: true });
  const bundle = { native: at("home", "native"), label };
  const request = { dataFolder: at("data"), dbUser: "nobody", bundle, random: machine.random, shelf: at("shelf") };
  const first = await place(request);
  expect(first.native).toBe(at("shelf", label));
  expect(first.notes).toEqual([expect.stringContaining(first.native)]);
  const madeAt = (await stat(first.native)).ino;
  expect((await place(request)).native).toBe(first.native);
  expect((await stat(first.native)).ino).toBe(madeAt);
  expect(await readdir(at("shelf"))).toEqual([label]);
});

asRoot("an account that does not exist, or is root, stops the start", async () => {
  for (const dbUser of ["no-such-account", "root"])
    await expect(start(at("data"), dbUser)).rejects.toMatchObject({
      code: "bad-settings",
      message: expect.stringContaining("CORDBOARD_DB_USER"),
    });
});

asRoot("a database that another account has is run by that account", async () => {
  const first = await start(at("data"));
  await first.stop();
  const other = await findAccount("daemon");
  await chownAll(first.cluster, other?.uid ?? 1, other?.gid ?? 1);
  const second = await start(at("data"));
  expect((await stat(join(second.cluster, "postmaster.pid"))).uid).toBe(other?.uid);
  await second.stop();
});

asRoot("files that are root's own are run with root's rights under another name, and a warning says so", async () => {
  const first = await start(at("data"));
  await first.stop();
  await chownAll(first.cluster, 0, 0);
  const { native, label } = await findBundle();
  const bundle = { native, label };
  const request = { dataFolder: at("data"), dbUser: "nobody", bundle, random: machine.random, shelf: at("shelf") };
  expect(await place(request)).toMatchObject({
    runAs: { kind: "unshare" },
    notes: [expect.stringContaining("rights of root")],
  });
});

asRoot("a database that its account cannot reach any more says so", async () => {
  const first = await start(at("home", "data"));
  await first.stop();
  await chmod(at("home"), 0o700);
  await expect(start(at("home", "data"))).rejects.toMatchObject({ message: expect.stringContaining("cannot reach") });
});

async function chownAll(path: string, uid: number, gid: number): Promise<void> {
  await chown(path, uid, gid);
  for (const entry of await readdir(path, { recursive: true })) await chown(join(path, entry), uid, gid);
}
