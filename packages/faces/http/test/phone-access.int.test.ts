import type { Actor, Tenant, User } from "@cordboard/core";
import { createSipTokens, noLimits, plainReach } from "@cordboard/core";
import type { KeyId, LogFields, TenantId, UserId } from "@cordboard/kernel";
import { randomOf, silentLog } from "@cordboard/kernel";
import { machine, manualClock } from "@cordboard/testkit";
import type { FastifyInstance, InjectOptions } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LogInOutcome } from "../src/index.ts";
import { createHttpApp, phoneAccess, speakerOf, trustedProxies } from "../src/index.ts";
import { doors } from "./events-world.ts";

const tenant: Tenant = {
  id: "ten_a" as TenantId,
  domain: "acme.example",
  realm: "acme",
  timeZone: "UTC",
  country: "IT",
  language: "en",
  isDefault: true,
  hasRecordingNotice: true,
};
const userAt = (extension: string): User => ({
  id: `usr_${extension}` as UserId,
  tenant: tenant.id,
  extension,
  name: extension,
  role: "user",
  mobile: null,
  reach: plainReach,
  isAlwaysRecorded: false,
});
const ada: Actor = {
  tenant: tenant.id,
  kind: "user",
  user: "usr_101" as UserId,
  extension: "101",
  key: undefined,
  roles: ["user"],
  limits: noLimits,
};
const keyOf = (limits: Partial<Actor["limits"]>): Actor => ({
  ...ada,
  kind: "key",
  key: "key_1" as KeyId,
  user: undefined,
  extension: undefined,
  limits: { ...noLimits, ...limits },
});

let outcome: LogInOutcome | { readonly kind: "none" };
let app: FastifyInstance;
let logged: [string, LogFields | undefined][];
const clock = manualClock();
const tokens = createSipTokens({ hash: machine.hash, clock, key: new Uint8Array(32) });

beforeEach(async () => {
  outcome = { kind: "actor", actor: ada };
  logged = [];
  const log = { ...silentLog, info: (message: string, fields?: LogFields) => logged.push([message, fields]) };
  const speaker = speakerOf(clock);
  app = createHttpApp({ doors, proxies: trustedProxies([]), clock, random: randomOf(globalThis), log, speaker });
  await app.register(
    phoneAccess({
      speaker,
      actors: { outcomeOf: async () => outcome, actorOf: async () => undefined },
      directory: {
        tenant: () => tenant,
        userAt: (_, extension) => (["101", "102"].includes(extension) ? userAt(extension) : undefined),
      },
      tokens,
      ice: { stun: ["stun:stun.example.com"], turn: ["turn:turn.example.com"], secret: "of the relay" },
      clock,
      log,
    }),
  );
  await app.ready();
});
afterEach(() => app.close());

async function ask(payload?: object, more: Partial<InjectOptions> = {}) {
  const headers = { host: "localhost", ...more.headers };
  const body = payload === undefined ? {} : { payload };
  const answer = await app.inject({ method: "POST", url: "/sip/token", ...body, ...more, headers });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, unknown>>() };
}

test("a user is given a token for the own phone, and the servers that help it", async () => {
  const { status, headers, body } = await ask();
  expect(status).toBe(200);
  expect(headers["cache-control"]).toBe("no-store");
  expect(body).toMatchObject({ uri: "sip:101@acme.example", username: "101" });
  expect(tokens.accepted(tenant.id, "usr_101" as UserId)).toContain(body["token"]);
  const lasts = Date.parse(String(body["expiresAt"])) - clock.now();
  expect(lasts).toBeGreaterThan(240_000);
  expect(lasts).toBeLessThanOrEqual(300_000);
  expect(body["iceServers"]).toMatchObject([
    { urls: ["stun:stun.example.com"] },
    { urls: ["turn:turn.example.com"], username: expect.stringMatching(/^\d+:usr_101$/) },
  ]);
});

test("the log tells of it, without the token", async () => {
  const { body } = await ask();
  expect(logged).toEqual([["a phone in a browser was given access", expect.objectContaining({ extension: "101" })]]);
  expect(JSON.stringify(logged)).not.toContain(String(body["token"]));
});

test("a key names the extension, within its limit", async () => {
  outcome = { kind: "actor", actor: keyOf({ extensions: ["102"] }) };
  expect(await ask({ extension: "102" })).toMatchObject({ status: 200, body: { uri: "sip:102@acme.example" } });
  expect(await ask({ extension: "101" })).toMatchObject({ status: 400, body: { error: "invalid-extension" } });
  expect(await ask()).toMatchObject({ status: 400, body: { error: "invalid-extension" } });
});

test("extensions of others and those that do not exist are refused alike", async () => {
  const refusals = await Promise.all([ask({ extension: "102" }), ask({ extension: "199" })]);
  const [first, second] = refusals.map(({ status, body }) => ({ status, ...body, correlation: "" }));
  expect(first).toMatchObject({ status: 400, error: "invalid-extension" });
  expect(second).toEqual(first);
});

test.each([
  [{ kind: "none" }, 401],
  [{ kind: "wrong" }, 401],
  [{ kind: "wait", retryAfterSeconds: 7 }, 429],
] as const)("a request whose credential is %o gets %i", async (found, status) => {
  outcome = found;
  expect((await ask()).status).toBe(status);
});

test("what is no wish is refused", async () => {
  for (const wish of [{ extension: 101 }, { extension: "" }, { extension: "1".repeat(65) }, { tenant: "b" }, []])
    expect(await ask(wish)).toMatchObject({ status: 400, body: { error: "bad-request" } });
});

test("a key that asks too often waits", async () => {
  outcome = { kind: "actor", actor: keyOf({ ratePerMinute: 2 }) };
  const statuses = [];
  for (let turn = 0; turn < 3; turn++) statuses.push((await ask({ extension: "101" })).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test("a page of elsewhere is refused, whatever its credential, and a token is no address to read", async () => {
  expect(await ask({}, { headers: { origin: "https://evil.example" } })).toMatchObject({ status: 403 });
  expect(await ask(undefined, { method: "GET" })).toMatchObject({ status: 404 });
});
