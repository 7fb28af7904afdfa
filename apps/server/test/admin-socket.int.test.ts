import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plainReach } from "@cordboard/core";
import type { CallId, TenantId } from "@cordboard/kernel";
import { ok, refused, silentLog } from "@cordboard/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askServer, openAdminSocket } from "../src/admin/admin-socket.ts";
import type { Administration } from "../src/admin/administration.ts";
import { runAdminCommand } from "../src/admin/commands.ts";

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
  reach: (_tenant, extension, change) =>
    Promise.resolve(ok({ extension, name: "Ada", mobile: change.mobile ?? null, ...plainReach })),
  listRecordings: (_tenant, { count }) => Promise.resolve(Array.from({ length: count }, () => ({}) as never)),
  deleteRecording: () => Promise.resolve(refused({ code: "still-recording", why: "it still runs" })),
  listMessages: () => Promise.resolve(ok([])),
  deleteMessage: () => Promise.resolve(ok(undefined)),
  mail: (_tenant, extension, { address = null }) =>
    Promise.resolve(ok({ extension, name: "Ada", address, hasSound: true, isDeletedAfter: false })),
  greeting: (_tenant, extension) => Promise.resolve(ok({ extension, file: null })),
  listPrompts: () => Promise.resolve([]),
  setPrompt: (_tenant, { prompt, language = "en", sound }) =>
    Promise.resolve(ok({ prompt, language, lasted: sound.length, file: null })),
  resetPrompt: (_tenant, { prompt, language = "en" }) =>
    Promise.resolve(ok({ prompt, language, lasted: null, file: null })),
  recordingRule: (_tenant, extension, isAlwaysRecorded = false) =>
    Promise.resolve(ok({ extension, name: "", isAlwaysRecorded })),
  status: (_tenant, extension, { status = "available", text = "", until = null }) =>
    Promise.resolve(ok({ extension, name: "Ada", status, text, until, shown: null })),
  protection: (_tenant, extension, { protection = "as-server" }) =>
    Promise.resolve(ok({ extension, name: "Ada", protection, phones: [] })),
  recordingNotice: (_tenant, isGiven = true) => Promise.resolve(ok({ isGiven })),
  retention: (_tenant, change) => Promise.resolve(ok({ recordings: null, messages: null, ...change })),
  history: (_tenant, { count }) => Promise.resolve(Array.from({ length: count }, () => ({}) as never)),
  certificate: () => Promise.reject(new Error("the disk is on fire at /dev/sda")),
  live: {
    calls: () => [],
    devices: () => [],
    place: () => Promise.resolve(ok({ call: "call_1" as CallId })),
    control: (_tenant, leg, order) => {
      orders.push([leg, order]);
      return Promise.resolve(ok(undefined));
    },
  },
};

/** What live legs were told. */
const orders: unknown[] = [];

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
  ["user-status", { extension: "101", status: "asleep" }, "bad-input"],
  ["user-status", { extension: "101", status: "away", until: "tomorrow" }, "bad-input"],
  ["user-add", { extension: "1", name: "x".repeat(70_000) }, "bad-input"],
])("%s with %j is refused as %s", async (command, input, code) => {
  const socket = await openAdminSocket(folder, administration, silentLog);
  try {
    expect(await askServer(folder, command, input)).toMatchObject({ ok: false, error: { code } });
  } finally {
    await socket.close();
  }
});

test.each([
  { type: "hold" },
  { type: "resume" },
  { type: "mute", isMuted: true },
  { type: "answer" },
  { type: "transfer", number: "102" },
  { type: "join", other: "leg_2" },
  { type: "park", number: null },
  { type: "conference", other: "leg_2" },
  { type: "record", isOn: false },
  { type: "invite", number: "102" },
  { type: "supervise", extension: "103", as: "whisper" },
  { type: "pick-up", extension: "103", device: null },
  { type: "hand-over", device: "dev_1" },
  { type: "send-digits", digits: "12#" },
  { type: "hang-up" },
] as const)("$type reaches the leg as it was asked for", async (order) => {
  const socket = await openAdminSocket(folder, administration, silentLog);
  try {
    orders.length = 0;
    expect(await askServer(folder, "call-control", { leg: "leg_1", order })).toMatchObject({ ok: true });
    expect(orders).toEqual([["leg_1", order]]);
  } finally {
    await socket.close();
  }
});

test.each([
  [{ type: "explode" }],
  [{ type: "transfer" }],
  [{ type: "supervise", extension: "103", as: "shout" }],
  [{ type: "send-digits", digits: "1".repeat(257) }],
  ["hold"],
])("%j is no order", async (order) => {
  const socket = await openAdminSocket(folder, administration, silentLog);
  try {
    orders.length = 0;
    const answer = await askServer(folder, "call-control", { leg: "leg_1", order });
    expect(answer).toMatchObject({ ok: false, error: { code: "bad-input" } });
    expect(orders).toEqual([]);
  } finally {
    await socket.close();
  }
});

test.each(["call-list", "device-list", "call-place", "call-control"])(
  "%s is refused where no server runs",
  async (name) => {
    const input = { leg: "leg_1", order: { type: "hold" }, extension: "101", number: "102" };
    const answer = await runAdminCommand({ ...administration, live: undefined }, name, input);
    expect(answer).toMatchObject({ ok: false, error: { code: "not-running" } });
  },
);

test("an input beyond 4 MiB is refused before it is looked at", async () => {
  const socket = await openAdminSocket(folder, administration, silentLog);
  try {
    const answer = await askServer(folder, "user-list", { padding: "x".repeat(4 * 1024 * 1024) });
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
