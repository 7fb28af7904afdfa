import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TenantId } from "@cordboard/kernel";
import { ok, refused, silentLog } from "@cordboard/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askServer, openAdminSocket } from "../src/admin/admin-socket.ts";
import type { Administration } from "../src/admin/administration.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cordboard-admin-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Knows one tenant with one user, and breaks when the certificate is asked for. */
const administration: Administration = {
  tenantOf: (domain) => (domain === undefined || domain === "a.example" ? ("ten_a" as TenantId) : undefined),
  addUser: () => Promise.resolve(refused({ code: "number-taken", why: "there is a user 101" })),
  listUsers: () =>
    Promise.resolve([{ id: "usr_1" as never, extension: "101", name: "Ada", role: "user", mobile: null }]),
  removeUser: () => Promise.resolve(ok(undefined)),
  createKey: () => Promise.reject(new Error("not asked")),
  listKeys: () => Promise.resolve([]),
  revokeKey: () => Promise.resolve(ok(undefined)),
  history: (_tenant, { count }) => Promise.resolve(Array.from({ length: count }, () => ({}) as never)),
  certificate: () => Promise.reject(new Error("the disk is on fire at /dev/sda")),
};

test("nobody answers where no server runs, nor at a socket that a killed one left", async () => {
  expect(await askServer(folder, "user-list", {})).toBeUndefined();
  await writeFile(join(folder, "admin.sock"), "");
  expect(await askServer(join(folder, "none"), "user-list", {})).toBeUndefined();
});

test("the server's answer is the command's outcome, and the socket is its owner's alone", async () => {
  const socket = await openAdminSocket(folder, administration, silentLog);
  try {
    expect((await stat(join(folder, "admin.sock"))).mode & 0o777).toBe(0o600);
    expect(await askServer(folder, "user-list", {})).toMatchObject({ ok: true, value: [{ extension: "101" }] });
    expect(await askServer(folder, "history", { count: 1000 })).toMatchObject({ ok: true });
    const taken = await askServer(folder, "user-add", { extension: "101", name: "Ada" });
    expect(taken).toMatchObject({ ok: false, error: { code: "number-taken" } });
  } finally {
    await socket.close();
  }
  expect(await askServer(folder, "user-list", {})).toBeUndefined();
});

test.each([
  ["no-such-command", {}, "unknown-command"],
  ["__proto__", {}, "unknown-command"],
  ["user-list", { domain: "b.example" }, "unknown-domain"],
  ["user-add", { extension: "10x", name: "" }, "bad-input"],
  ["history", { count: 1001 }, "bad-input"],
  ["user-add", { extension: "1", name: "x".repeat(70_000) }, "bad-input"],
])("%s with %j is refused as %s", async (command, input, code) => {
  const socket = await openAdminSocket(folder, administration, silentLog);
  try {
    expect(await askServer(folder, command, input)).toMatchObject({ ok: false, error: { code } });
  } finally {
    await socket.close();
  }
});

test("an input beyond 64 KiB is refused before it is looked at", async () => {
  const socket = await openAdminSocket(folder, administration, silentLog);
  try {
    const answer = await askServer(folder, "user-list", { padding: "x".repeat(65_536) });
    expect(answer).toEqual({ ok: false, error: { code: "bad-input", why: "the input is too large" } });
  } finally {
    await socket.close();
  }
});

test("a fault is logged whole, and told without its inside", async () => {
  const logged: unknown[] = [];
  const log = { ...silentLog, error: (_message: string, fields: unknown) => logged.push(fields) };
  const socket = await openAdminSocket(folder, administration, log);
  try {
    const answer = await askServer(folder, "cert", {});
    expect(JSON.stringify(answer)).not.toContain("sda");
    expect(answer).toMatchObject({ ok: false, error: { code: "internal" } });
    expect(logged).toHaveLength(1);
  } finally {
    await socket.close();
  }
});

test("a data folder deeper than a socket's address is reached all the same", async () => {
  const deep = join(folder, ..."abcdefghijkl".split("").map((letter) => letter.repeat(20)));
  await mkdir(deep, { recursive: true });
  const socket = await openAdminSocket(deep, administration, silentLog);
  try {
    expect(await askServer(deep, "user-list", {})).toMatchObject({ ok: true });
  } finally {
    await socket.close();
  }
});
